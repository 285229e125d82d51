"""Docker Hub by all its names."""

import pytest

from hullscan.registry.docker_hub import registry_host, repository_there
from hullscan.registry.peer import Peer


@pytest.mark.parametrize("host", ["docker.io", "index.docker.io", "hub.docker.com", "registry-1.docker.io"])
def test_its_registry_and_its_own_images(host: str) -> None:
    """Proxies were set up for any of them, and asked for ``debian`` (goharbor/harbor#13446, #23051)."""
    with Peer(f"https://{host}") as peer:
        names = [peer.whole_name(name) for name in ("debian", "team/app")]

    assert registry_host(host) == "registry-1.docker.io"
    assert names == ["library/debian", "team/app"]


def test_other_registries() -> None:
    """They are what they are called."""
    assert registry_host("registry.example:5000") == "registry.example:5000"
    assert repository_there("registry.example:5000", "debian") == "debian"
