"""What other registries do that ours does not: pages by tokens, too many requests, logins that are not enough."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from builders import DEBIAN_12, digest_of, make_image, make_layer
from hullscan.errors import RegistryError
from hullscan.registry.client import RemoteImage
from hullscan.registry.insecure import is_insecure
from hullscan.registry.peer import Peer
from hullscan.services.progress import Silent
from hullscan.services.scans.scan_target import index_target
from hullscan.settings import Settings
from waiting import eventually


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
    with (
        closing(RemoteImage(f"{odd}/team/app:1")) as image,
        pytest.raises(RegistryError, match="too many requests; try again later, or log in"),
    ):
        image.image("linux/amd64")

    assert len(_Odd.asked) == 3


@pytest.mark.parametrize(
    ("host", "named", "expected"),
    [
        ("registry.local:5000", ("registry.local:5000",), True),
        ("Registry.local:5000", ("registry.local",), True),
        ("registry.local:5001", ("registry.local:5000",), False),
        ("registry.local", ("local",), False),
        ("10.1.2.3:5000", ("10.0.0.0/8",), True),
        ("10.1.2.3:5000", ("10.1.2.3",), True),
        ("[fd00::1]:5000", ("fd00::/8",), True),
        ("11.1.2.3:5000", ("10.0.0.0/8",), False),
        ("registry.local", (), False),
    ],
)
def test_named_insecure_registries(host: str, named: tuple[str, ...], expected: bool) -> None:
    """By name, with a port or for any, by address and by network."""
    assert is_insecure(host, named) is expected


class _Private(BaseHTTPRequestHandler):
    """A registry of one image that asks for a password."""

    contents: dict[str, tuple[bytes, str]]

    def do_GET(self) -> None:
        """Answer."""
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(b"me:secret").decode():
            self._send(401, b"{}", "application/json", {"WWW-Authenticate": 'Basic realm="r"'})
            return
        body, kind = self.contents[self.path.removeprefix("/v2/team/app/")]
        self._send(200, body, kind, {})

    def _send(self, status: int, body: bytes, kind: str, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("secure", [True, False])
def test_a_named_registry_without_a_known_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secure: bool
) -> None:
    """HTTPS with whatever it shows, else HTTP, also with a login (anchore/grype#334, aquasecurity/trivy#1489)."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    manifest, blobs = make_image([make_layer({"a": b"1"})])
    _Private.contents = {f"blobs/{digest}": (data, "application/octet-stream") for digest, data in blobs.items()}
    _Private.contents["manifests/1"] = (manifest, "application/vnd.oci.image.manifest.v1+json")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Private) as server:
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(_certificate(tmp_path / "cert.pem"))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_address[1]}"
        login = {"auths": {host: {"auth": base64.b64encode(b"me:secret").decode()}}}
        (tmp_path / "config.json").write_text(json.dumps(login))
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
        with closing(RemoteImage(f"{host}/team/app:1", insecure=("127.0.0.0/8",))) as image:
            found = image.image("")
        server.shutdown()

    assert found.digest == digest_of(manifest)


class _Lasting(_Private):
    """Keeps its connections, as registries do, and counts them."""

    protocol_version = "HTTP/1.1"
    connections: set[object]

    def setup(self) -> None:
        """A connection came."""
        super().setup()
        self.connections.add(self)

    def finish(self) -> None:
        """It was closed."""
        super().finish()
        self.connections.discard(self)


def test_a_scan_lets_its_connections_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its end, and not when Python collects them: a process may scan image after image."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    manifest, blobs = make_image([make_layer({"etc/os-release": DEBIAN_12})])
    _Lasting.contents = {f"blobs/{digest}": (data, "application/octet-stream") for digest, data in blobs.items()}
    _Lasting.contents["manifests/1"] = (manifest, "application/vnd.oci.image.manifest.v1+json")
    _Lasting.connections = set()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Lasting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_address[1]}"
        login = {"auths": {host: {"auth": base64.b64encode(b"me:secret").decode()}}}
        (tmp_path / "config.json").write_text(json.dumps(login))
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
        settings = Settings.from_environment({"HULLSCAN_DATA_DIR": str(tmp_path / "data")})
        found = index_target(settings, f"{host}/team/app:1", platform="", progress=Silent())
        let_go = eventually(lambda: not _Lasting.connections)
        server.shutdown()

    assert found.digest == digest_of(manifest)
    assert let_go


def _certificate(path: Path) -> Path:
    """Write a certificate that nobody signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    at = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, at, at + timedelta(days=1)).sign(key, SHA256())
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + plain)
    return path
