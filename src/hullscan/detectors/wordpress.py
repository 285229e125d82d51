"""
WordPress and its plug-ins.

Rule: developer.wordpress.org: ``wp-includes/version.php`` sets ``$wp_version``; a plug-in's ``readme.txt`` has a
"Stable tag" (Plugin Handbook, "How Your Readme.txt Works").
"""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package

_CORE: Final = re.compile(r"(?:.*/)?wp-includes/version\.php")
_PLUGIN: Final = re.compile(r"(?:.*/)?wp-content/plugins/([^/]+)/readme\.txt", re.IGNORECASE)
_CORE_VERSION: Final = re.compile(r"^\$wp_version\s*=\s*['\"]([^'\"]+)['\"]", re.MULTILINE)
_STABLE: Final = re.compile(r"^[*\s]*Stable tag:\s*v?(\d[\w.+-]*)", re.MULTILINE | re.IGNORECASE)


class WordPress:
    """The core as ``pkg:generic/wordpress``, plug-ins as ``pkg:wordpress-plugin/SLUG``."""

    name = "wordpress"
    revision = 1
    directory_only = False
    interest = Interest(basenames=frozenset({"version.php", "readme.txt", "README.txt"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return _CORE.fullmatch(path) is not None or _PLUGIN.fullmatch(path) is not None

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        text = text_of(file)
        plugin = _PLUGIN.fullmatch(file.path)
        found = (_STABLE if plugin else _CORE_VERSION).search(text)
        if found is None and plugin is None:
            raise UnreadableInput("it sets no $wp_version")
        # "Stable tag: trunk" names no version; the plug-in is there all the same.
        version = found[1] if found else ""
        if plugin is not None:
            yield Package(type="wordpress-plugin", name=plugin[1].lower(), version=version, path=file.path)
        else:
            yield Package(type="generic", name="wordpress", version=version, path=file.path)
