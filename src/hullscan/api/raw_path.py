"""Addresses as they came over the wire: split on literal slashes, each part decoded by itself (swr-api.md, 1.1)."""

import re
from typing import Final
from urllib.parse import unquote

_ENCODED_SLASH: Final = re.compile("%2f", re.IGNORECASE)


def decode_segment(raw: str) -> str:
    """Return one path segment percent-decoded, once."""
    return unquote(raw)


def decode_repository(raw: str) -> str:
    """
    Return a repository's name: ``team%2Fapp`` and ``team%252Fapp`` are both ``team/app``.

    OCI names hold no percent sign, so decoding a second time where one is left is unambiguous.
    """
    once = unquote(raw)
    return unquote(once) if _ENCODED_SLASH.search(once) else once
