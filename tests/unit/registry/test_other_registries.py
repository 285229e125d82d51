"""What other registries do that ours does not: pages by tokens, too many requests, logins that are not enough."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hullscan.errors import RegistryError
from hullscan.registry.client import RemoteImage
from hullscan.registry.peer import Peer


class _Odd(BaseHTTPRequestHandler):
    """Lists tags in pages that are named by tokens, as quay does; has too many requests for everything else."""

    asked: list[str]

    def do_GET(self) -> None:
        """Answer."""
        self.asked.append(self.path)
        pages = {"": (["1", "2"], "t/a+b"), "t/a+b": (["3"], "last"), "last": (["4"], "")}
        token = self.path.partition("next_page=")[2]
        if "/tags/list" not in self.path:
            self._send(429, b"{}", {"Retry-After": "0"})
            return
        tags, following = pages[token]
        path = self.path.partition("?")[0]
        link = {"Link": f'<{path}?n=2&next_page={following}>; rel="next"'} if following else {}
        self._send(200, json.dumps({"name": "app", "tags": tags}).encode(), link)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Host and port of such a registry."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path))
    _Odd.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), _Odd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_pages_are_followed_by_their_links(odd: str) -> None:
    """A list that is continued by a token is read to its end, each page once."""
    with Peer(f"http://{odd}") as peer:
        assert peer.tags("team/app") == ["1", "2", "3", "4"]

    assert len(_Odd.asked) == 3


def test_too_many_requests_are_told(odd: str) -> None:
    """After three tries, with what can be done about it."""
    with pytest.raises(RegistryError, match="too many requests; try again later, or log in"):
        RemoteImage(f"{odd}/team/app:1").image("linux/amd64")

    assert len(_Odd.asked) == 3
