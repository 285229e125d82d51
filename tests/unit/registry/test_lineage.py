"""What an image says of where its layers come from."""

import json
from hashlib import sha256
from typing import Any

import pytest

from hullscan.model.image import Digest, Lineage
from hullscan.registry.config import read_config
from hullscan.registry.lineage import chain_ids, lineage_of

_RUN = {"created_by": "/bin/sh -c apt-get update"}
_COPY = {"created_by": "COPY . /app # buildkit"}
_ADD = {"created_by": "/bin/sh -c #(nop) ADD file:ab in / "}

_A, _B, _C = (f"sha256:{letter * 64}" for letter in "abc")
_NAME, _DIGEST = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"


def _step(text: str) -> dict[str, object]:
    return {"created_by": text, "empty_layer": True}


def _lineage(config: Any, layers: int = 2, annotations: dict[str, str] | None = None) -> Lineage:
    names = [Digest(f"sha256:{number:064x}") for number in range(layers)]
    return lineage_of(_A, names, read_config(json.dumps(config).encode()), tuple((annotations or {}).items()))


@pytest.mark.parametrize(
    ("history", "layers", "expected"),
    [
        ([_ADD, _step('/bin/sh -c #(nop)  CMD ["bash"]'), _RUN, _COPY, _step('CMD ["app"]')], 3, 1),
        ([_ADD, _step('CMD ["bash"]'), _RUN, _step('ENTRYPOINT ["python3"]'), _COPY, _step("CMD x")], 3, 2),
        ([_ADD, _step('/bin/sh -c #(nop)  CMD ["bash"]')], 1, 0),
        ([_ADD, _RUN, _step("ENV CMD=1"), _COPY], 3, 0),
        ([_ADD, _step('CMD ["bash"]'), _COPY], 3, 0),
        ([], 1, 0),
        ("none", 1, 0),
    ],
    ids=["one base", "the nearest base", "a base itself", "no command", "a history of another image", "empty", "odd"],
)
def test_history(history: object, layers: int, expected: int) -> None:
    """Up to the last command that was set before the last layer."""
    assert _lineage({"history": history}, layers).by_history == expected


def test_chain_ids() -> None:
    """The first is the diff ID, each other the digest of "chain ID of those below, space, diff ID" (OCI `config.md`)."""
    two = "sha256:" + sha256(f"{_A} {_B}".encode()).hexdigest()
    three = "sha256:" + sha256(f"{two} {_C}".encode()).hexdigest()

    assert chain_ids([_A, _B, _C]) == (_A, two, three)


@pytest.mark.parametrize("diff_ids", [[_A], [_A, _B, _C], [_A, "sha256:x"], [_A, 1], None, {}])
def test_no_chain_without_a_diff_id_for_each_layer(diff_ids: object) -> None:
    """A chain of other layers would make other images a base."""
    assert _lineage({"rootfs": {"diff_ids": diff_ids}}).chain == ()


@pytest.mark.parametrize(
    ("annotations", "labels", "expected"),
    [
        ({_NAME: "debian:12", _DIGEST: _B}, {_NAME: "other", _DIGEST: _C}, ("debian:12", _B, False)),
        ({_DIGEST: _B}, {_NAME: "other"}, ("", _B, False)),
        ({}, {_NAME: "other", _DIGEST: _C}, ("other", _C, True)),
        ({}, {_NAME: "other", _DIGEST: "latest"}, ("other", "", True)),
        ({_DIGEST: "sha512:1"}, {}, ("", "", False)),
        ({}, {}, ("", "", False)),
        ({}, {_NAME: 1}, ("", "", False)),
    ],
)
def test_what_it_says_of_its_base(
    annotations: dict[str, str], labels: dict[str, Any], expected: tuple[str, str, bool]
) -> None:
    """Annotations of the manifest as one, before labels of the config; what is no digest is none."""
    found = _lineage({"config": {"Labels": labels}}, annotations=annotations)

    assert (found.base_name, found.base_digest, found.inherited) == expected


@pytest.mark.parametrize("data", [b"\xff", b"[]", b'{"rootfs": 1, "config": [], "history": {}}'])
def test_what_is_no_config_tells_nothing(data: bytes) -> None:
    """Nor does it break anything."""
    found = lineage_of(_A, [Digest(_B)], read_config(data))

    assert found == Lineage(digest=_A, layers=(Digest(_B),))
