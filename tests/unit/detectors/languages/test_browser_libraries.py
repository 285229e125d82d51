"""Scripts of browser libraries: by which names they are read, and what in them says the version."""

import io

import pytest

from builders import Entry, make_layer
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.detectors.languages.browser_libraries import BrowserLibraries
from hullscan.feeds.retirejs import RetireJsFeed
from hullscan.inventory.image import build_inventory
from hullscan.layers.file import LayerFile
from hullscan.layers.walk import walk_layer
from hullscan.model.advisory import Advisory
from hullscan.model.image import Digest, Layer
from shared_data import shared_path

_SET = DetectorSet(DETECTORS)


def _read(path: str, text: str) -> list[tuple[str, str]]:
    data = text.encode()
    return [
        (one.full_name, one.version)
        for file in _SET.detect(LayerFile(path, len(data), lambda: io.BytesIO(data)))
        for one in file.packages
    ]


def _image(entries: dict[str, Entry]) -> set[tuple[str, str, str]]:
    blob = make_layer(entries)
    layer = walk_layer(lambda: io.BytesIO(blob), _SET)
    return {
        (one.full_name, one.version, one.path)
        for one in build_inventory([(Layer(digest=Digest("l")), layer)], "").packages
    }


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("srv/jquery.js", "/*!\n * jQuery JavaScript Library v1.12.4\n * http://jquery.com/", ("jquery", "1.12.4")),
        ("srv/jquery-3.7.1.slim.min.js", "/*! jQuery v3.7.1 | (c) OpenJS Foundation */", ("jquery", "3.7.1")),
        ("srv/jquery-1.6.min.js", "/*!\n * jQuery JavaScript Library v1.6\n", ("jquery", "1.6.0")),
        ("srv/jquery-ui-1.12.1.custom.min.js", "/*! jQuery UI - v1.12.1 - 2016-09-14\n", ("jquery-ui", "1.12.1")),
        ("srv/jquery.validate.min.js", "/*! jQuery Validation Plugin - v1.19.3 - 1/9/2021", ("jquery-validation", "1.19.3")),
        ("srv/jquery-migrate.js", "/*!\n * jQuery Migrate - v3.4.0 - 2022-03-24", ("jquery-migrate", "3.4.0")),
        ("srv/Chart.bundle.min.js", "/*!\n * Chart.js v2.9.3\n * https://www.chartjs.org", ("chart.js", "2.9.3")),
        ("srv/Chart.js", "/*!\n * Chart.js\n * http://chartjs.org/\n * Version: 2.7.0\n", ("chart.js", "2.7.0")),
        ("srv/bootstrap.bundle.min.js", "/*!\n  * Bootstrap v4.6.0 (https://getbootstrap.com/)", ("bootstrap", "4.6.0")),
        ("srv/bootstrap.js", "/* ===\n * bootstrap-transition.js v2.3.2\n", ("bootstrap", "2.3.2")),
        ("srv/angular-1.8.2.js", "/**\n * @license AngularJS v1.8.2\n", ("angular", "1.8.2")),
        ("srv/vue@2.6.14.js", "/*!\n * Vue.js v2.6.14\n", ("vue", "2.6.14")),
        ("srv/vue.global.prod.js", "/**\n* vue v3.4.21\n* (c) 2018-present", ("vue", "3.4.21")),
        ("srv/react.production.min.js", "/** @license React v16.13.1\n", ("react", "16.13.1")),
        ("srv/react-dom.development.js", "/* React */" + " " * 500_000 + "var ReactVersion = '18.2.0';", ("react-dom", "18.2.0")),
        ("srv/moment.min.js", '!function(){f.version="2.29.1"}()', ("moment", "2.29.1")),
        ("srv/lodash.min.js", 'var Y,Q="4.17.20",X=200,nn="Unsupported core-js use."', ("lodash", "4.17.20")),
        ("srv/lodash.core.js", "  /** Used */\n  var VERSION = '4.17.20';\n", ("lodash", "4.17.20")),
        ("srv/jquery.dataTables.min.js", "/*!\n SpryMedia Ltd.\n DataTables 1.10.21\n", ("datatables.net", "1.10.21")),
        ("srv/handlebars-v4.7.6.js", "/**!\n\n @license\n handlebars v4.7.6\n", ("handlebars", "4.7.6")),
        ("srv/mustache.js", "var mustache = {\n  name: 'mustache.js',\n  version: '4.2.0',", ("mustache", "4.2.0")),
        ("srv/tinymce.min.js", "/**\n * Copyright (c) Tiny\n * Version: 5.10.2 (2021-11-17)\n", ("tinymce", "5.10.2")),
        ("srv/tinymce/tinymce.min.js", '{majorVersion:"4",minorVersion:"9.11"}', ("tinymce", "4.9.11")),
        ("srv/ckeditor/ckeditor.js", 'timestamp:"L0QA",version:"4.16.0 (Standard)",revision:"17a"', ("ckeditor", "4.16.0")),
        ("srv/dojo.js", 'version={major:1,minor:16,patch:3,flag:""', ("dojo", "1.16.3")),
        ("srv/pdf.worker.js", " * pdfjsVersion = 2.6.347\n", ("pdfjs-dist", "2.6.347")),
        ("srv/bootstrap-4.0.0-beta.2.min.js", "/*! Bootstrap v4.0.0-beta.2 (https://", ("bootstrap", "4.0.0-beta.2")),
        # What the file says counts before what it is called; the name alone is a word, too.
        ("srv/jquery-3.0.0.js", "/*! jQuery v1.9.0 */", ("jquery", "1.9.0")),
        ("srv/knockout-3.5.0.js", "(function(){})()", ("knockout", "3.5.0")),
        # It is the library, whose version nothing tells.
        ("srv/marked.min.js", "/**\n * marked - a markdown parser\n */", ("marked", "")),
    ],
)  # fmt: skip
def test_libraries(path: str, text: str, expected: tuple[str, str]) -> None:
    """As their releases write it."""
    assert _read(path, text) == [expected]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("srv/codemirror/mode/vue/vue.js", "CodeMirror.defineMode('vue-template', function () {})"),
        ("srv/ace/handlebars.js", "ace.define('ace/mode/handlebars')"),
        ("srv/jquery.js", ""),
    ],
)
def test_other_scripts_of_such_names(path: str, text: str) -> None:
    """A mode of an editor is not the library that it is for."""
    assert _read(path, text) == []


@pytest.mark.parametrize(
    "path",
    [
        "app/node_modules/jquery/dist/jquery.min.js",
        "srv/jquery.cookie.js",
        "srv/jquery",
        "srv/jquery.js.map",
        "srv/my-jquery-3.4.1.js",
        "srv/" + "jquery-" * 5000 + ".js",
        ".js",
    ],
)
def test_what_is_not_read(path: str) -> None:
    """Installed packages say themselves what they are, and other names say nothing of these libraries."""
    assert BrowserLibraries().wants(path) is False


_JQUERY = b"/*! jQuery v3.4.1 | (c) JS Foundation */"


def test_one_folder_tells_a_library_once() -> None:
    """Its builds lie beside each other; another version there, or another folder, is told apart."""
    assert _image(
        {
            "srv/a/jquery.js": _JQUERY,
            "srv/a/jquery.min.js": _JQUERY,
            "srv/a/jquery-1.9.0.js": b"/*! jQuery v1.9.0 */",
            "srv/b/jquery.slim.js": _JQUERY,
        }
    ) == {
        ("jquery", "1.9.0", "srv/a/jquery-1.9.0.js"),
        ("jquery", "3.4.1", "srv/a/jquery.js"),
        ("jquery", "3.4.1", "srv/b/jquery.slim.js"),
    }


def test_a_packages_own_file_is_not_told_again() -> None:
    """Debian keeps npm packages in usr/share/nodejs; what an application took in is no part of its own package."""
    assert _image(
        {
            "usr/share/nodejs/jquery/dist/jquery.js": _JQUERY,
            "usr/share/nodejs/jquery/package.json": b'{"name": "jquery", "version": "3.4.1"}',
            "app/package.json": b'{"name": "app", "version": "1.0.0"}',
            "app/public/jquery.js": _JQUERY,
        }
    ) == {
        ("jquery", "3.4.1", "usr/share/nodejs/jquery/package.json"),
        ("app", "1.0.0", "app/package.json"),
        ("jquery", "3.4.1", "app/public/jquery.js"),
    }


def test_a_package_managers_script_has_an_owner() -> None:
    """Debian judges libjs-jquery first, as it does other language packages of its own."""
    stanza = (
        b"Package: libjs-jquery\nStatus: install ok installed\nSource: jquery\nArchitecture: all\nVersion: 3.6.1-1\n"
    )
    files: dict[str, Entry] = {
        "var/lib/dpkg/status": stanza,
        "var/lib/dpkg/info/libjs-jquery.list": b"/.\n/usr/share/javascript/jquery/jquery.js\n",
        "usr/share/javascript/jquery/jquery.js": b"/*! jQuery v3.6.1 */",
    }
    blob = make_layer(files)
    inventory = build_inventory([(Layer(digest=Digest("l")), walk_layer(lambda: io.BytesIO(blob), _SET))], "")

    (script,) = [one for one in inventory.packages if one.type == "npm"]

    assert script.owner is not None
    assert (script.owner.name, script.owner.version) == ("jquery", "3.6.1-1")


def test_names_are_those_of_the_feed() -> None:
    """retire.js has records of each of these packages."""
    from hullscan.detectors.languages import browser_libraries

    path = shared_path("feeds/native/retirejs/jsrepository-v5.json.gz")
    feed = RetireJsFeed(frozenset({"native/retirejs/jsrepository-v5.json.gz"}))

    spoken = {
        affected.name
        for item in feed.parse(path.parents[2])
        if isinstance(item, Advisory)
        for affected in item.affected
    }

    assert {one.package for one in browser_libraries.LIBRARIES} - spoken == set()
