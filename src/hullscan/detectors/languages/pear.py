"""PEAR and PECL packages. Rule: pear.php.net, the registry's ``.reg`` files: PHP's ``serialize`` of a package's description."""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_NAME: Final = pattern(rb's:4:"name";s:\d+:"([^"]+)"')
_CHANNEL: Final = pattern(rb's:7:"channel";s:\d+:"([^"]+)"')
_RELEASE: Final = pattern(rb's:7:"version";(?:a:\d+:\{s:7:"release";s:\d+:"([^"]+)"|s:\d+:"([^"]+)")')


_PIECE: Final = pattern(
    rb's:(?P<text>\d{1,9}):"|(?P<open>a:\d+:\{|O:\d+:"[^"]*":\d+:\{)|(?P<close>\})|(?:[ibd]:[^;{}"]*|N);'
)
"""What a serialized value is made of: a text with its length before it, an array or object, its end, and plain values."""


class PearRegistry:
    """``.registry/NAME.reg``, and ``.registry/.channel.…/NAME.reg``: name, channel and released version."""

    name = "pear"
    revision = 2
    directory_only = False
    interest = Interest(suffixes=frozenset({".reg"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return "/.registry/" in f"/{path}"

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        data = _value(file.read())
        name, version, channel = _NAME.search(data), _RELEASE.search(data), _CHANNEL.search(data)
        if name is None or version is None:
            raise UnreadableInput("it says no name or no version")
        yield Package(
            type="pear",
            namespace=channel[1].decode("utf-8", "replace") if channel else "",
            name=name[1].decode("utf-8", "replace"),
            version=(version[1] or version[2]).decode("utf-8", "replace"),
            path=file.path,
        )


def _value(data: bytes) -> bytes:
    """
    Return the array or object that *data* begins with.

    Raises:
        UnreadableInput: It begins with none, or that has no end.
    """
    position = depth = 0
    while found := _PIECE.match(data, position):
        position = found.end()
        if found["text"]:
            position += int(found["text"]) + 2
        elif found["open"]:
            depth += 1
        elif found["close"]:
            depth -= 1
        if depth <= 0:
            break
    if not data.startswith((b"a:", b"O:")) or depth or not 0 < position <= len(data):
        raise UnreadableInput("it is cut off or damaged")
    return data[:position]
