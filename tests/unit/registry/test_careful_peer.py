"""What another registry may not do to us: pack blobs, answer without end, have logins sent elsewhere, hide the next page."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from builders import digest_of
from hullscan.errors import RegistryError
from hullscan.registry.manifest import OCI_INDEX, OCI_MANIFEST
from hullscan.registry.peer import Peer

_BLOB = b'{"architecture": "amd64"}'
_SUBJECT = f"sha256:{'0' * 64}"


class _Registry(BaseHTTPRequestHandler):
    """Asks for a login, packs what it may pack, has uploads elsewhere, and lists referrers in pages."""

    elsewhere: str
    logins: list[tuple[str, str | None]]
    knows_ranges: bool

    def do_GET(self) -> None:
        """Answer."""
        told = self.headers.get("Authorization")
        self.logins.append((f"{self.command} {self.path.partition('?')[0]}", told))
        if told is None:
            self._send(401, b"{}", {"WWW-Authenticate": 'Basic realm="here"'})
        elif "/referrers/" in self.path:
            self._send_page(self.path.partition("?last=")[2])
        elif "/manifests/" in self.path:
            self._send_for_ever()
        elif "/breaking/" in self.path:
            self._break_off()
        elif "gzip" in self.headers.get("Accept-Encoding", ""):
            self._send(200, gzip.compress(_BLOB), {"Content-Encoding": "gzip"})
        else:
            self._send(200, _BLOB, {})

    def do_POST(self) -> None:
        """Begin an upload, whose address is another listener's."""
        told = self.headers.get("Authorization")
        self.logins.append(("POST", told))
        if told is None:
            self._send(401, b"{}", {"WWW-Authenticate": 'Basic realm="here"'})
        else:
            self._send(202, b"", {"Location": f"{self.elsewhere}/upload"})

    def do_PUT(self) -> None:
        """Take the blob, and note who sent it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.logins.append(("PUT", self.headers.get("Authorization")))
        self._send(201, b"", {})

    def _send_page(self, last: str) -> None:
        number = int(last or 0)
        one = {"mediaType": OCI_MANIFEST, "digest": digest_of(last.encode()), "size": 1}
        body = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [one]}
        path = self.path.partition("?")[0]
        link = {"Link": f'<{path}?last={number + 1}>; rel="next"'} if number < 2 else {}
        self._send(200, json.dumps(body).encode(), link)

    def _break_off(self) -> None:
        """Send ten bytes more, and the rest at the third time."""
        start = int(self.headers.get("Range", "bytes=0-")[len("bytes=") : -1])
        known = start if self.knows_ranges else 0
        stop = len(_BLOB) if len(self.logins) > 3 else start + 10
        self.send_response(206 if known else 200)
        self.send_header("Content-Length", str(len(_BLOB) - known))
        self.end_headers()
        self.wfile.write(_BLOB[known:stop])

    def _send_for_ever(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(ConnectionError):
            while True:
                self.wfile.write(b" " * 1024 * 1024)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """Such a registry, for somebody who may log in."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), _Registry) as one,
        ThreadingHTTPServer(("127.0.0.1", 0), _Registry) as two,
    ):
        for server in (one, two):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        _Registry.logins, _Registry.knows_ranges = [], True
        _Registry.elsewhere = f"http://127.0.0.1:{two.server_address[1]}"
        with Peer(f"http://127.0.0.1:{one.server_address[1]}", user="me", password="secret") as found:
            yield found
        for server in (one, two):
            server.shutdown()


def test_a_blob_comes_as_it_is_kept(peer: Peer) -> None:
    """Servers before registries pack JSON for who takes it packed, and its digest is that of the bytes unpacked."""
    assert b"".join(peer.read_blob("app", digest_of(_BLOB))) == _BLOB


def test_an_answer_without_end_is_refused(peer: Peer) -> None:
    """It is not gathered in memory first."""
    with pytest.raises(RegistryError, match="more than"):
        peer.manifest("app", "1")


def test_a_login_goes_to_the_registry_alone(peer: Peer) -> None:
    """An upload's address may be another port's, another host's, or in the clear: whoever listens there learns nothing."""
    peer.put_blob("app", digest_of(_BLOB), len(_BLOB), [_BLOB])

    assert [(name, told is not None) for name, told in _Registry.logins] == [
        ("POST", False),
        ("POST", True),
        ("PUT", False),
    ]


def test_all_pages_of_what_hangs_on_an_image(peer: Peer) -> None:
    """A signature on the second page counts as one on the first (OCI distribution, "Listing Referrers")."""
    assert [one.digest for one in peer.referrers("app", _SUBJECT)] == [digest_of(page) for page in (b"", b"1", b"2")]


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_blob_whose_line_breaks(peer: Peer, knows_ranges: bool) -> None:
    """One broken line of many is no registry that is away: what is left is asked for, by range where that is known."""
    _Registry.knows_ranges = knows_ranges

    assert b"".join(peer.read_blob("breaking", digest_of(_BLOB))) == _BLOB
