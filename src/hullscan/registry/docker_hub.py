"""Docker Hub, which goes by many names and keeps its own images under ``library/``."""

from typing import Final

DOCKER_HUB: Final = "docker.io"
"""What references call it (distribution's "reference" grammar)."""

HUB_HOST: Final = "registry-1.docker.io"
"""Where its registry is."""

_NAMES: Final = frozenset(
    {DOCKER_HUB, "index.docker.io", "hub.docker.com", "registry.hub.docker.com", "www.docker.com"}
)


def registry_host(host: str) -> str:
    """Return where the registry is that people call *host*."""
    return HUB_HOST if host.lower() in _NAMES else host


def repository_there(host: str, repository: str) -> str:
    """Return the whole name of *repository* on *host*."""
    return f"library/{repository}" if registry_host(host) == HUB_HOST and "/" not in repository else repository
