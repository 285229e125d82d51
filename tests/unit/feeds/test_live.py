"""Feeds from their publishers' own addresses, which a server on loopback stands for."""

import gzip
import json
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hullscan.errors import FeedError
from hullscan.feeds.live import PUBLISHERS, Direct, Newest, Publisher, Repository
from hullscan.feeds.location import Live, available
from hullscan.model.advisory import Advisory, FlawFacts

_UPDATEINFO = """<updates><update type="security"><id>A-1</id><issued date="2026-01-01 00:00:00"/><references>
<reference id="CVE-2099-0001" type="cve"/></references><pkglist><collection>
<package name="a" version="1" release="1" arch="x86_64"/></collection></pkglist></update></updates>"""
_VEX = {"document": {"tracking": {"id": "CVE-2099-0002"}}, "vulnerabilities": [{"cve": "CVE-2099-0002"}]}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address that it is served at."""
    root = tmp_path / "site"
    (root / "CRAN").mkdir(parents=True)
    (root / "ecosystems.txt").write_text("CRAN\n")
    with zipfile.ZipFile(root / "CRAN" / "all.zip", "w") as archive:
        archive.writestr("RSEC-1.json", json.dumps({"id": "RSEC-1", "modified": "2026-01-01T00:00:00Z"}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield root, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def _read(location: Live, into: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for feed in available(location):
        for part in feed.parts:
            location.fetch(part, into, lambda *_: None)
        found[feed.name] = [item.id for item in feed.parse(into) if isinstance(item, Advisory | FlawFacts)]
    return found


def test_each_way_to_the_newest_file(site: tuple[Path, str], tmp_path: Path) -> None:
    """A file of its own, one that another names, and what a repository behind a list of mirrors says it has."""
    root, url = site
    (root / "kev.json").write_text(
        json.dumps({"vulnerabilities": [{"cveID": "CVE-2099-1", "dateAdded": "2026-01-01"}]})
    )
    (root / "vex").mkdir()
    (root / "vex" / "archive_latest.txt").write_text("vex_2026-01-02.json\n")
    (root / "vex" / "vex_2026-01-02.json").write_text(json.dumps(_VEX))
    (root / "mirror.list").write_text(f"{url}/repository\n")
    (root / "repository" / "repodata").mkdir(parents=True)
    (root / "repository" / "repodata" / "repomd.xml").write_text(
        '<repomd xmlns="http://linux.duke.edu/metadata/repo"><data type="updateinfo">'
        '<location href="repodata/ab-updateinfo.xml.gz"/></data></repomd>'
    )
    (root / "repository" / "repodata" / "ab-updateinfo.xml.gz").write_bytes(gzip.compress(_UPDATEINFO.encode()))
    publishers: dict[str, Publisher] = {
        "native/kev/known_exploited_vulnerabilities.json": Direct(f"{url}/kev.json"),
        "native/csaf/redhat/csaf_vex.json": Newest(f"{url}/vex/archive_latest.txt"),
        "native/updateinfo/amazon/2023/updateinfo.xml": Repository(f"{url}/mirror.list"),
    }

    assert _read(Live(url, publishers), tmp_path / "fetched") == {
        "osv-cran": ["RSEC-1"],
        "cisa-kev": ["CVE-2099-1"],
        "csaf-redhat": ["CVE-2099-0002"],
        "updateinfo-amazon": ["A-1 in Amazon Linux:2023"],
    }


@pytest.mark.parametrize(
    ("publisher", "said"),
    [
        (Direct("{}/gone"), "answered 404"),
        (Newest("{}/bad-name.txt"), "names no file"),
        (Repository("{}/empty.list"), "lists no mirror"),
        (Repository("{}/no-repository"), "answered 404"),
        (Repository("{}/other"), "no updateinfo"),
    ],
)
def test_what_is_not_there_is_said(
    site: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publisher: Direct, said: str
) -> None:
    """An address that changed, a page in place of a list: the feed fails, and says where."""
    root, url = site
    monkeypatch.setattr("time.sleep", lambda _: None)
    (root / "bad-name.txt").write_text("<html>moved</html>")
    (root / "empty.list").write_text("")
    (root / "other" / "repodata").mkdir(parents=True)
    (root / "other" / "repodata" / "repomd.xml").write_text("<repomd/>")
    part = "native/updateinfo/amazon/2023/updateinfo.xml"
    location = Live(url, {part: type(publisher)(publisher.url.format(url))})

    with pytest.raises(FeedError, match=said):
        location.fetch(part, tmp_path / "fetched", lambda *_: None)


def test_every_part_has_a_feed_that_takes_it() -> None:
    """The table's names are those that the feeds look for."""
    taken = {part for feed in available(_Table()) for part in feed.parts}

    assert set(PUBLISHERS) - taken == set()


class _Table(Live):
    def parts(self) -> frozenset[str]:
        return frozenset(PUBLISHERS)
