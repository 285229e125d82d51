"""Texts that are no versions: refused, whatever they are made of, before anybody notices that it took time."""

import pytest

from hullscan.errors import InvalidVersion
from hullscan.versions import SCHEMES

_TEXTS = (
    "1alpha" + "1" * 200 + "x",
    "1.0-x86" + "-linux" * 60 + "!",
    "1." * 250,
    "-" * 250,
    "1_rc" * 60 + "!",
    "1.٧",
    "²",
    "1.0-alpha.٧+build",
    "1.0\ud800",
    "1\x00",
)


@pytest.mark.parametrize("text", _TEXTS, ids=lambda text: ascii(text[:20]))
@pytest.mark.parametrize("name", SCHEMES)
def test_a_key_or_a_refusal(name: str, text: str) -> None:
    """An image's packages are keyed in one go: any other error would leave the whole image without an answer."""
    try:
        key = SCHEMES[name].key(text)
    except InvalidVersion:
        return
    assert isinstance(key, bytes)
