"""
WordPress and its plug-ins.

Rule: developer.wordpress.org: ``wp-includes/version.php`` sets ``$wp_version``; a plug-in has a header with its name in a file of
its folder, or is one file (Plugin Handbook, "Header Requirements"; ``get_file_data`` reads the first 8 KiB).
"""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_CORE: Final = pattern(r"(?:.*/)?wp-includes/version\.php")
_PLUGIN: Final = pattern(r"(?:.*/)?wp-content/(?:mu-)?plugins/([^/]+?)(?:/[^/]+)?\.php")
_CORE_VERSION: Final = pattern(r"^\$wp_version\s*=\s*['\"]([^'\"]+)['\"]", re.MULTILINE)
_FIELD: Final = pattern(rb"^[ \t/*#@]*(Plugin Name|Version|License):[ \t]*(\S[^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_HEADER_BYTES: Final = 8 * 1024


class WordPress:
    """The core as ``pkg:generic/wordpress``, plug-ins as ``pkg:wordpress-plugin/SLUG``."""

    name = "wordpress"
    revision = 2
    directory_only = False
    interest = Interest(suffixes=frozenset({".php"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        if "wp-" not in path:
            return False
        return _CORE.fullmatch(path) is not None or _PLUGIN.fullmatch(path) is not None

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        plugin = _PLUGIN.fullmatch(file.path)
        if plugin is not None:
            yield from _plugin(file, plugin[1])
            return
        found = _CORE_VERSION.search(text_of(file))
        if found is None:
            raise UnreadableInput("it sets no $wp_version")
        yield Package(type="generic", name="wordpress", version=found[1], path=file.path)


def _plugin(file: LayerFile, slug: str) -> Iterator[Detected]:
    """The plug-in whose header the file has; nearly all files of a plug-in have none."""
    with file.open() as stream:
        pairs = _FIELD.findall(stream.read(_HEADER_BYTES))
    fields = {key.decode().title(): value.decode("utf-8", "replace").strip(" \t*/") for key, value in reversed(pairs)}
    if "Plugin Name" not in fields:
        return
    # One without a version is there all the same.
    yield Package(
        type="wordpress-plugin",
        name=slug.lower(),
        version=fields.get("Version", ""),
        licenses=(fields["License"],) if "License" in fields else (),
        path=file.path,
    )
