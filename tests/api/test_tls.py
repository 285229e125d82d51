"""HTTPS by settings, and what trusted proxies say."""

import datetime
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.conftest import PASSWORD, Server, free_port, start
from hullscan.api.proxies import Proxies


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - datetime.timedelta(days=1))
        .not_valid_after(at + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(exist_ok=True)
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def _connect(port: int) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=30))


def _served(port: int) -> bytes | None:
    """Return the certificate that a server shows; None where it ends the connection, as a listener does that stops."""
    try:
        with _connect(port) as secure:
            return secure.getpeercert(binary_form=True)
    except (ssl.SSLError, ConnectionResetError):
        return None


def _refusals(port: int, until: threading.Event) -> int:
    """Connect again and again, and return how often nobody listened."""
    refused = 0
    while not until.is_set():
        try:
            socket.create_connection(("127.0.0.1", port), timeout=30).close()
        except ConnectionResetError:
            continue
        except ConnectionRefusedError:
            refused += 1
    return refused


def _keep_busy(port: int, until: threading.Event) -> None:
    """Send requests again and again, fifty by each connection."""
    while not until.is_set():
        with suppress(OSError), _connect(port) as secure:
            for _ in range(50):
                secure.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                secure.recv(4096)


def _der(path: Path) -> bytes:
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(serialization.Encoding.DER)


@pytest.fixture
def secure_server(server: Server, tmp_path: Path) -> Iterator[tuple[int, Path, Path]]:
    """The port of a server that speaks TLS, and its certificate and key."""
    cert, key = _certificate(tmp_path / "first", "first")
    environment = {
        **server.environment,
        "HULLSCAN_DATA_DIR": str(tmp_path / "data"),
        "HULLSCAN_TLS_CERT": str(cert),
        "HULLSCAN_TLS_KEY": str(key),
    }
    port = free_port()
    process = start(environment, port, scheme="https")
    yield port, cert, key
    process.terminate()
    assert process.wait(timeout=30) == 0


def _replace(cert: Path, key: Path, port: int, *, name: str) -> None:
    """Put a new certificate in the old one's place, and wait until it is shown."""
    new_cert, new_key = _certificate(cert.parent.parent / name, name)
    shutil.copy(new_key, key)
    shutil.copy(new_cert, cert)
    deadline = time.monotonic() + 60
    while _served(port) != _der(new_cert):
        assert time.monotonic() < deadline, "the old certificate is still shown"
        time.sleep(0.2)


def test_https_and_a_new_certificate(secure_server: tuple[int, Path, Path]) -> None:
    """The server speaks TLS with the files named, and shows a new certificate without a restart."""
    port, cert, key = secure_server
    transport = httpx.HTTPTransport(verify=False, trust_env=False, retries=3)
    with httpx.Client(base_url=f"https://127.0.0.1:{port}", transport=transport, timeout=30) as client:
        assert _served(port) == _der(cert)
        assert f'realm="https://127.0.0.1:{port}/v2/token"' in client.get("/v2/").headers["www-authenticate"]
        _replace(cert, key, port, name="second")

        assert client.get("/v2/", auth=("admin", PASSWORD)).is_success


def test_nobody_is_refused_while_a_certificate_is_replaced(secure_server: tuple[int, Path, Path]) -> None:
    """The listener that has the new certificate is there before the old one ends."""
    port, cert, key = secure_server
    done = threading.Event()
    with ThreadPoolExecutor() as pool:
        refusals = pool.submit(_refusals, port, done)
        for _ in range(4):
            pool.submit(_keep_busy, port, done)
        try:
            for name in ("second", "third", "fourth"):
                _replace(cert, key, port, name=name)
        finally:
            done.set()

    assert refusals.result() == 0


@pytest.mark.parametrize(
    ("client", "scheme", "host", "address"),
    [
        ("10.1.2.3", "https", b"registry.example", "203.0.113.9"),
        ("192.0.2.1", "http", b"inside:8080", "192.0.2.1"),
    ],
)
def test_only_trusted_proxies_are_believed(client: str, scheme: str, host: bytes, address: str) -> None:
    """What a trusted address says of the client counts; the client's own words before it, and others', do not."""
    scope = {
        "type": "http",
        "scheme": "http",
        "client": (client, 5),
        "headers": [
            (b"host", b"inside:8080"),
            (b"x-forwarded-proto", b"https"),
            (b"x-forwarded-host", b"registry.example"),
            (b"x-forwarded-for", b"1.1.1.1, 203.0.113.9, 10.9.9.9"),
        ],
    }

    found = Proxies(("10.0.0.0/8",)).apply(scope)

    assert (found["scheme"], dict(found["headers"])[b"host"], found["client"][0]) == (scheme, host, address)


@pytest.mark.parametrize(
    ("told", "address"),
    [
        (b"203.0.113.9:5678", "203.0.113.9"),
        (b"[2001:db8::1]:5678", "2001:db8::1"),
        (b"2001:db8::1", "2001:db8::1"),
        (b"1.1.1.1, 203.0.113.9:5678,10.9.9.9:80", "203.0.113.9"),
    ],
)
def test_proxies_after_proxies(told: bytes, address: str) -> None:
    """Addresses may come with ports and in several lines; of several names and schemes the first is the client's."""
    headers = [
        (b"host", b"inside:8080"),
        (b"x-forwarded-proto", b"https, http"),
        (b"x-forwarded-host", b"registry.example:8443, inner"),
        (b"x-forwarded-for", b"198.51.100.7"),
        (b"x-forwarded-for", told),
    ]
    found = Proxies(("10.0.0.0/8",)).apply(
        {"type": "http", "scheme": "http", "client": ("10.1.2.3", 5), "headers": headers}
    )

    assert (found["scheme"], dict(found["headers"])[b"host"]) == ("https", b"registry.example:8443")
    assert found["client"][0] == address
