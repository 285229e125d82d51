"""
Logins to other registries, from where docker, podman and skopeo keep them.

Docker's ``config.json`` with its credential helpers, and containers-auth.json(5): ``REGISTRY_AUTH_FILE``, the runtime
folder's, the configuration folder's. The most special name of a repository goes before its registry's.
"""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from hullscan.registry.authorization import BY_TOKEN

_DOCKER_HUB: Final = "docker.io"
_HUB_KEY: Final = "https://index.docker.io/v1/"


def find_login(
    registry: str, repository: str = "", *, environment: Mapping[str, str] = os.environ
) -> tuple[str, str] | None:
    """Return user and password (`BY_TOKEN` and an identity token) for *repository* of *registry*, None if nobody logged in."""
    for file in _files(environment):
        try:
            config: Any = json.loads(file.read_text())
        except (OSError, ValueError):
            continue
        if isinstance(config, dict) and (found := _from_config(config, registry, repository)) is not None:
            return found
    return None


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environment.get("HOME") or "~").expanduser()
    if named := environment.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
    yield Path(environment.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "containers" / "auth.json"
    yield Path(f"/run/containers/{os.getuid()}/auth.json")
    yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "containers" / "auth.json"


def _from_config(config: Mapping[str, Any], registry: str, repository: str) -> tuple[str, str] | None:
    key = _HUB_KEY if registry == _DOCKER_HUB else registry
    helpers = config.get("credHelpers")
    helper = (helpers.get(registry) if isinstance(helpers, dict) else "") or config.get("credsStore", "")
    if helper and (found := _from_helper(str(helper), key)) is not None:
        return found
    auths = config.get("auths")
    if not isinstance(auths, dict):
        return None
    known = {_plain(str(name)): entry for name, entry in auths.items()}
    names = [registry]
    for part in repository.split("/") if repository else ():
        names.append(f"{names[-1]}/{part}")
    for name in (*reversed(names), *(("index.docker.io",) if registry == _DOCKER_HUB else ())):
        entry = known.get(name)
        if isinstance(entry, dict) and isinstance(token := entry.get("identitytoken"), str) and token:
            return BY_TOKEN, token
        text = entry.get("auth", "") if isinstance(entry, dict) else ""
        try:
            user, colon, password = base64.b64decode(str(text)).decode().partition(":")
        except ValueError:
            continue
        if colon:
            return user, password
    return None


def _plain(name: str) -> str:
    """Return the name of a login without what some versions of docker wrote around it."""
    return name.partition("://")[2].partition("/")[0] if "://" in name else name.rstrip("/")


def _from_helper(helper: str, key: str) -> tuple[str, str] | None:
    program = shutil.which(f"docker-credential-{helper}")
    if program is None:
        return None
    done = subprocess.run([program, "get"], input=key.encode(), capture_output=True, timeout=30, check=False)
    try:
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
    except ValueError:
        return None
    if not isinstance(answer, dict):
        return None
    name, secret = answer.get("Username"), answer.get("Secret")
    return (name, secret) if isinstance(name, str) and isinstance(secret, str) else None
