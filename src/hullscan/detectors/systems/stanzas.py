"""Paragraphs of ``Field: value`` lines, as Debian's control files have them. Rule: Debian Policy 5.1."""

from collections.abc import Iterator
from typing import IO, Final

import msgspec

_LONGEST_LINE: Final = 4 * 1024 * 1024


class Stanza(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    One paragraph: its first-line values by lower-case field name, and its number from 1.

    `cut` says that the file ended within one of its lines.
    """

    fields: dict[str, str]
    number: int
    cut: bool = False


def stanzas(stream: IO[bytes]) -> Iterator[Stanza]:
    """Yield the paragraphs of *stream*; only the first line of each field is kept."""
    fields: dict[str, str] = {}
    number = 0
    last = b""
    while line := stream.readline(_LONGEST_LINE):
        last = line
        if line in (b"\n", b"\r\n") or not line.strip():
            if fields:
                number += 1
                yield Stanza(fields=fields, number=number)
                fields = {}
            continue
        if line[:1] in (b" ", b"\t", b"#"):
            continue
        name, separator, value = line.partition(b":")
        if separator:
            fields[name.decode("utf-8", "replace").strip().lower()] = value.decode("utf-8", "surrogateescape").strip()
        else:
            fields.setdefault("", line.decode("utf-8", "replace").strip())
    if fields:
        yield Stanza(fields=fields, number=number + 1, cut=not last.endswith(b"\n"))
