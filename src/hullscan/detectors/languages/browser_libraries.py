"""
JavaScript libraries that lie about as files for browsers: ``jquery-3.4.1.min.js`` in a web server's or an application's folder.

Rule: retire.js (RetireJS/retire.js, README) knows such a file by its name and by what the library says of itself in it; its
records and those of npm then speak of the library's package. Listed are libraries that retire.js has flaws of, by its names, whose
marks were read in files of their releases.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from hullscan.detectors.detector import Interest
from hullscan.detectors.languages.node import npm_package
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected
from hullscan.patterns import pattern

_HEAD_BYTES: Final = 1024 * 1024
"""React's development build says its version in its last part, others in their first lines."""

_LONGEST_NAME: Final = 80

_V: Final = rb"(\d+\.\d+(?:\.\d+)?(?:-?(?:alpha|beta|rc|pre)[\w.-]{0,20})?)"
"""A version in a file."""

_ASSIGNED: Final = rb"\bVERSION ?= ?[\"']" + _V + rb"[\"']"
_COMMENTED: Final = rb"\n \* Version: " + _V


class _Library(NamedTuple):
    """
    The npm package, how its files are called (lower case, without version and endings), and what it says of itself.

    Where a mark may stand without a version, so do builds that say none.
    """

    package: str
    stems: tuple[str, ...]
    marks: tuple[bytes, ...]


LIBRARIES: Final = (
    _Library("alasql", ("alasql",), (rb"AlaSQL v" + _V,)),
    _Library("angular", ("angular", "angularjs"), (rb"AngularJS v" + _V,)),
    _Library("axios", ("axios",), (rb"[Aa]xios v" + _V, _ASSIGNED)),
    _Library("backbone", ("backbone",), (rb"Backbone\.js " + _V, _ASSIGNED)),
    _Library("blueimp-file-upload", ("jquery.fileupload",), (rb"jQuery File Upload Plugin(?: " + _V + rb")?",)),
    _Library("bootstrap", ("bootstrap",), (rb"Bootstrap v" + _V, rb"bootstrap-[a-z]{3,12}\.js v" + _V)),
    _Library("bootstrap-select", ("bootstrap-select",), (rb"[Bb]ootstrap-select v" + _V,)),
    _Library("chart.js", ("chart",), (rb"Chart\.js v" + _V, _COMMENTED)),
    _Library("ckeditor", ("ckeditor",), (rb"version:\"" + _V + rb"(?: \([^)\"]{1,40}\))?\",revision",)),
    _Library("datatables.net", ("jquery.datatables", "datatables"), (rb"DataTables " + _V,)),
    _Library("dojo", ("dojo",), (rb"major: ?(\d+), ?minor: ?(\d+), ?patch: ?(\d+)",)),
    _Library("dompurify", ("purify", "dompurify"), (rb"DOMPurify " + _V, rb"DOMPurify\.version = '" + _V)),
    _Library("ember", ("ember",), (rb"@version {1,4}" + _V,)),
    _Library("froala-editor", ("froala_editor",), (rb"froala_editor v" + _V,)),
    _Library("handlebars", ("handlebars",), (rb"handlebars v" + _V, _ASSIGNED)),
    _Library("highcharts", ("highcharts", "highstock", "highmaps"), (rb"High(?:charts|stock|maps) JS v" + _V,)),
    _Library("highlight.js", ("highlight",), (rb"[Hh]ighlight\.js v?" + _V,)),
    _Library("jplayer", ("jquery.jplayer", "jplayer"), (rb"jPlayer " + _V, _COMMENTED)),
    _Library("jquery", ("jquery",), (rb"jQuery (?:JavaScript Library )?v" + _V,)),
    _Library("jquery-migrate", ("jquery-migrate",), (rb"jQuery Migrate (?:- )?v" + _V,)),
    _Library("jquery-mobile", ("jquery.mobile", "jquery-mobile"), (rb"jQuery Mobile " + _V,)),
    _Library("jquery-ui", ("jquery-ui", "jquery.ui", "jqueryui"), (rb"jQuery UI (?:- )?v?" + _V,)),
    _Library("jquery-validation", ("jquery.validate",), (rb"jQuery Validation Plugin (?:- )?v" + _V,)),
    _Library("jszip", ("jszip",), (rb"JSZip v" + _V,)),
    _Library("knockout", ("knockout",), (rb"Knockout JavaScript library v" + _V,)),
    _Library(
        "lodash",
        ("lodash",),
        (
            _ASSIGNED,
            rb"(?:lodash|Lo-Dash) " + _V,
            rb"=\"" + _V + rb"\",\w{1,3}=200,\w{1,3}=\"Unsupported core-js",
        ),
    ),
    _Library("markdown-it", ("markdown-it",), (rb"markdown-it " + _V,)),
    _Library("marked", ("marked",), (rb"marked (?:v" + _V + rb" )?- a markdown parser",)),
    _Library("mathjax", ("mathjax",), (rb"MathJax\.version ?= ?\"" + _V,)),
    _Library("moment", ("moment", "moment-with-locales"), (rb"//! version : " + _V, rb"\.version ?= ?[\"']" + _V)),
    _Library("mustache", ("mustache",), (rb"mustache\.js[\"'][;,]\s{0,8}(?:\w{1,20}\.)?version ?[=:] ?[\"']" + _V,)),
    _Library(
        "pdfjs-dist",
        ("pdf", "pdf.worker"),
        (
            rb"pdfjsVersion ?= ?[\"']?" + _V,
            rb"apiVersion: ?[\"']" + _V,
            rb"if\(\"" + _V + rb"\"!==\w{1,3}\)throw",
        ),
    ),
    _Library("plupload", ("plupload",), (rb"Plupload - multi-runtime File Uploader\n \* v" + _V,)),
    _Library("protobufjs", ("protobuf",), (rb"protobuf\.js v" + _V,)),
    _Library("quill", ("quill",), (rb"Quill Editor v" + _V,)),
    _Library("react", ("react",), (rb"React v" + _V, rb"ReactVersion = '" + _V, rb"\.version=\"" + _V)),
    _Library("react-dom", ("react-dom",), (rb"React v" + _V, rb"ReactVersion = '" + _V, rb"version:\"" + _V)),
    _Library("select2", ("select2",), (rb"Select2 " + _V,)),
    _Library("swiper", ("swiper",), (rb"Swiper " + _V,)),
    _Library(
        "tinymce",
        ("tinymce", "tiny_mce"),
        (
            rb"TinyMCE version " + _V,
            _COMMENTED,
            rb"majorVersion:\"(\d+)\",minorVersion:\"([\d.]+)\"",
        ),
    ),
    _Library("ua-parser-js", ("ua-parser",), (rb"UAParser\.js v" + _V, rb"LIBVERSION ?= ?[\"']" + _V)),
    _Library("underscore", ("underscore",), (rb"Underscore\.js " + _V, _ASSIGNED)),
    _Library("video.js", ("video",), (rb"[Vv]ideo\.js " + _V,)),
    _Library("vue", ("vue",), (rb"Vue\.js v" + _V, rb"\bvue v" + _V, rb"\bversion ?= ?\"" + _V)),
)  # fmt: skip

_ENDINGS: Final = frozenset({
    "all", "browser", "bundle", "cjs", "common", "core", "custom", "debug", "dev", "development", "es", "esm", "full", "global",
    "latest", "legacy", "min", "pack", "packed", "pkgd", "prod", "production", "profiling",
    "runtime", "slim", "source", "src", "umd",
})  # fmt: skip
"""What files of one library's builds are told apart by."""

_BY_STEM: Final = {stem: one for one in LIBRARIES for stem in one.stems}
_BEGINNINGS: Final = frozenset(stem[:3] for stem in _BY_STEM)

_ENDED: Final = pattern(r"[-._]([a-z]+)$")
_VERSIONED: Final = pattern(r"([a-z][a-z0-9_.-]*?)[-._@]v?(\d+\.\d+(?:\.\d+)?(?:-?(?:alpha|beta|rc|pre)[a-z0-9.-]*)?)")


class BrowserLibraries:
    """Files called like one of the libraries, outside ``node_modules``, where packages say themselves what they are."""

    name = "browser-libraries"
    revision = 1
    directory_only = False
    interest = Interest(suffixes=frozenset({".js"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; most scripts are passed over by three letters."""
        name = path[path.rfind("/") + 1 :]
        if name[:3].lower() not in _BEGINNINGS or len(name) > _LONGEST_NAME or "node_modules/" in path:
            return False
        return _read_name(name)[0] in _BY_STEM

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; what the file says comes before what it is called, and one that says nothing is something else."""
        stem, version = _read_name(file.path.rpartition("/")[2])
        library = _BY_STEM[stem]
        with file.open() as stream:
            found = _pattern(library).search(stream.read(_HEAD_BYTES))
        told = ".".join(part.decode() for part in found.groups() if part is not None) if found is not None else ""
        version = told or version
        if version.count(".") == 1:
            version += ".0"  # jQuery 1.6 is 1.6.0 to npm
        if version or found is not None:
            yield npm_package(library.package, version, file.path)


@cache
def _pattern(library: _Library) -> re.Pattern[bytes]:
    """Compiled when the first file of the library is met: all forty take 6 ms, and few images have any."""
    return re.compile(b"|".join(library.marks))


def _read_name(name: str) -> tuple[str, str]:
    """Split ``jQuery-3.4.1.slim.min.js`` into ``jquery`` and ``3.4.1``, which is "" if the name says none."""
    stem = name[:-3].lower()
    while (found := _ENDED.search(stem)) is not None and found[1] in _ENDINGS and stem not in _BY_STEM:
        stem = stem[: found.start()]
    versioned = _VERSIONED.fullmatch(stem)
    return (versioned[1], versioned[2]) if versioned is not None else (stem, "")
