"""Inventories of layers as bytes, which outlive the program that wrote them."""

import msgspec
import pytest
import zstandard

from hullscan.errors import StoreError
from hullscan.inventory.codec import decode, encode
from hullscan.model.package import DetectedFile, LayerInventory, Package

_RPM = Package(type="rpm", name="bash", version="5.2-1.el9", path="var/lib/rpm/rpmdb.sqlite", vendor="AlmaLinux")
_LAYER = LayerInventory(files=(DetectedFile(path="var/lib/rpm/rpmdb.sqlite", detector="rpm", packages=(_RPM,)),))


def test_what_was_kept_is_read_back() -> None:
    """All of it."""
    assert decode(encode(_LAYER)) == _LAYER


def test_one_from_before_vendors_tells_none() -> None:
    """A field that came later has what it has where nothing tells it."""
    fields = msgspec.to_builtins(_LAYER)
    del fields["files"][0]["packages"][0]["vendor"]
    old = b"hs1\0" + zstandard.compress(msgspec.msgpack.encode(fields))

    package = decode(old).files[0].packages[0]

    assert (package.name, package.vendor) == ("bash", "")


@pytest.mark.parametrize("data", [b"", b"hs0\0rest", encode(_LAYER)[:-3], b"hs1\0" + zstandard.compress(b"\x81")])
def test_other_bytes_are_refused(data: bytes) -> None:
    """They are no inventory."""
    with pytest.raises(StoreError):
        decode(data)
