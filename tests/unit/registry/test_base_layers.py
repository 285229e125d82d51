"""Which layers the base image brought, by the history in an image's config."""

import json

import pytest

from hullscan.registry.manifest import count_base_layers

_RUN = {"created_by": "/bin/sh -c apt-get update"}
_COPY = {"created_by": "COPY . /app # buildkit"}
_ADD = {"created_by": "/bin/sh -c #(nop) ADD file:ab in / "}


def _step(text: str) -> dict[str, object]:
    return {"created_by": text, "empty_layer": True}


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
def test_count(history: object, layers: int, expected: int) -> None:
    """Up to the last command that was set before the last layer."""
    assert count_base_layers(json.dumps({"history": history}).encode(), layers) == expected


def test_what_is_no_config_tells_nothing() -> None:
    """Nor does it break anything."""
    assert count_base_layers(b"\xff", 1) == count_base_layers(b"[]", 1) == 0
