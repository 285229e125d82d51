"""A layer's inventory as bytes, for the store."""

from typing import Final

import msgspec
import zstandard

from hullscan.errors import NOT_JSON, StoreError
from hullscan.model.package import LayerInventory

_FORMAT: Final = b"hs1\0"
"""First bytes of every encoded inventory; another shape gets another number."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(LayerInventory)


def encode(inventory: LayerInventory) -> bytes:
    """Return *inventory* as compressed bytes."""
    return _FORMAT + zstandard.ZstdCompressor(level=1).compress(_encoder.encode(inventory))


def decode(data: bytes) -> LayerInventory:
    """
    Read an encoded inventory back.

    Raises:
        StoreError: The bytes are damaged or of another format.
    """
    if not data.startswith(_FORMAT):
        raise StoreError("a layer's stored inventory is of another format; scan the image again")
    try:
        return _decoder.decode(zstandard.ZstdDecompressor().decompress(data[len(_FORMAT) :]))
    except (zstandard.ZstdError, *NOT_JSON) as error:
        raise StoreError(f"a layer's stored inventory is damaged: {error}; scan the image again") from error
