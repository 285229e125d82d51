"""Where docker, podman and skopeo keep logins (docker's config.json, containers-auth.json(5))."""

import base64
import json
from pathlib import Path

import pytest

from hullscan.registry.logins import find_login


def _entry(user: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:pass:word".encode()).decode()}


def _write(file: Path, auths: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"auths": auths}))


@pytest.mark.parametrize(
    ("variable", "file"),
    [
        ("REGISTRY_AUTH_FILE", "auth.json"),
        ("DOCKER_CONFIG", "config.json"),
        ("HOME", ".docker/config.json"),
        ("HOME", ".config/containers/auth.json"),
        ("XDG_CONFIG_HOME", "containers/auth.json"),
        ("XDG_RUNTIME_DIR", "containers/auth.json"),
    ],
)
def test_each_place_is_looked_at(tmp_path: Path, variable: str, file: str) -> None:
    """Whichever program logged in, the login is found."""
    _write(tmp_path / file, {"registry.example": _entry("me")})
    where = str(tmp_path / file) if variable == "REGISTRY_AUTH_FILE" else str(tmp_path)

    found = find_login("registry.example", environment={"HOME": str(tmp_path / "nobody"), variable: where})

    assert found == ("me", "pass:word")


@pytest.mark.parametrize(
    ("name", "registry"),
    [
        ("registry.example:5000", "registry.example:5000"),
        ("https://registry.example:5000", "registry.example:5000"),
        ("https://registry.example/v2/", "registry.example"),
        ("https://index.docker.io/v1/", "docker.io"),
        ("docker.io", "docker.io"),
    ],
)
def test_names_as_docker_wrote_them(tmp_path: Path, name: str, registry: str) -> None:
    """With a scheme and a path, or without."""
    _write(tmp_path / "config.json", {name: _entry("me")})

    assert find_login(registry, environment={"DOCKER_CONFIG": str(tmp_path)}) == ("me", "pass:word")


@pytest.mark.parametrize(
    ("repository", "user"),
    [("team/app", "app"), ("team/app/x", "app"), ("team/other", "team"), ("teams/app", "all"), ("", "all")],
)
def test_the_most_special_name_counts(tmp_path: Path, repository: str, user: str) -> None:
    """A login may be for a namespace or a repository of a registry."""
    names = {"r.example": _entry("all"), "r.example/team": _entry("team"), "r.example/team/app": _entry("app")}
    _write(tmp_path / "config.json", names)

    found = find_login("r.example", repository, environment={"DOCKER_CONFIG": str(tmp_path)})

    assert found is not None and found[0] == user


@pytest.mark.parametrize(
    "text", ["", "[]", '{"auths": []}', '{"auths": {"r.example": 5}}', '{"auths": {"r.example": {"auth": "!"}}}']
)
def test_what_is_no_login(tmp_path: Path, text: str) -> None:
    """Files that are broken or of another form hold none."""
    (tmp_path / "config.json").write_text(text)

    assert find_login("r.example", environment={"DOCKER_CONFIG": str(tmp_path), "HOME": str(tmp_path)}) is None


def test_identity_tokens(tmp_path: Path) -> None:
    """Where a cloud's login left one, its name and password are no login."""
    entry = {"auth": base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode(), "identitytoken": "secret"}
    _write(tmp_path / "config.json", {"registry.example": entry})

    assert find_login("registry.example", environment={"DOCKER_CONFIG": str(tmp_path)}) == ("<token>", "secret")
