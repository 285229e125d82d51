"""References are read as distribution's grammar has them ("reference" package); what is none says how to write one."""

import pytest

from hullscan.errors import HullscanError
from hullscan.registry.client import parse_reference

_DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("alpine", "docker.io", "library/alpine", "latest", ""),
        ("alpine:3.20", "docker.io", "library/alpine", "3.20", ""),
        ("grafana/grafana", "docker.io", "grafana/grafana", "latest", ""),
        ("docker.io/alpine", "docker.io", "library/alpine", "latest", ""),
        ("localhost/app", "localhost", "app", "latest", ""),
        ("registry.example/team/app:1", "registry.example", "team/app", "1", ""),
        ("registry.example:5000/app", "registry.example:5000", "app", "latest", ""),
        ("[::1]:5000/app:v1", "[::1]:5000", "app", "v1", ""),
        (f"registry.example/app@{_DIGEST}", "registry.example", "app", "", _DIGEST),
        # The digest says which; the tag is for the reader.
        (f"registry.example/app:1@{_DIGEST}", "registry.example", "app", "", _DIGEST),
    ],
)
def test_what_a_reference_names(text: str, registry: str, repository: str, tag: str, digest: str) -> None:
    """A first part is a host if it has a dot or a port, or is localhost."""
    reference = parse_reference(text)
    assert (reference.registry, reference.repository, reference.tag, reference.digest) == (
        registry,
        repository,
        tag,
        digest,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Alpine",
        "app:",
        "app:-x",
        "/tmp/image",
        "registry.example/App",
        "https://registry.example/app",
        # Kinds of targets that other scanners know, and we do not.
        "oci-layout:/tmp/image",
        "docker.example:port/app",
        f"app@{_DIGEST[:-1]}",
    ],
)
def test_no_reference(text: str) -> None:
    """None of these is asked for at a registry."""
    with pytest.raises(HullscanError):
        parse_reference(text)
