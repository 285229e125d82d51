"""The command line as a newcomer meets it: help, version, wrong words, an address that is taken, a store that is busy."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer.main
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

import hullscan
from builders import osv_record, write_feed
from hullscan.cli import app
from hullscan.services.access.first_start import first_start
from hullscan.services.context import Context
from hullscan.store.database import writing


def _run(folder: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HULLSCAN_")}
    environment = {**kept, "HULLSCAN_DATA_DIR": str(folder / "data"), **more}
    command = [sys.executable, "-m", "hullscan", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_the_version(tmp_path: Path) -> None:
    """The package's own, and nothing beside it."""
    done = _run(tmp_path, "--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"hullscan {hullscan.__version__}\n", "")


def test_status_tells_the_health_of_each_feed_once(tmp_path: Path) -> None:
    """One without a record of this month is old; the line above the feeds counts such."""
    old = osv_record("CVE-2020-0001", "a", "fixed=2", modified="2020-01-01T00:00:00Z", published="2020-01-01T00:00:00Z")
    write_feed(tmp_path / "feeds", [old])
    _run(tmp_path, "feeds", "refresh", "--from", str(tmp_path / "feeds"))

    lines = _run(tmp_path, "status").stdout.splitlines()

    assert [line for line in lines if line.startswith("health:")] == ["health:       1 of 1 feeds need a look"]
    assert ["old:" in line for line in lines if "osv-debian" in line] == [True]


def test_help_says_what_each_argument_is(tmp_path: Path) -> None:
    """click and typer are versions that know each other: what an argument is told to be is shown."""
    shown = _run(tmp_path, "scan", "--help").stdout

    assert "oci:DIR[:tag]" in shown


def test_every_command_says_what_it_does() -> None:
    """Each command, option and argument that needs words has them."""
    group = typer.main.get_command(app)
    commands = {**group.commands}  # type: ignore[attr-defined]
    for name, command in list(commands.items()):
        commands |= {f"{name} {one}": inner for one, inner in getattr(command, "commands", {}).items()}

    assert [name for name, command in commands.items() if not command.help] == []


@pytest.mark.parametrize(
    "words",
    [
        ("frobnicate",),
        ("scan",),
        ("scan", "oci:/nowhere"),
        ("scan", "--vex", "/nowhere", "oci:/nowhere"),
        ("scan", "--ignore-file", "/nowhere", "oci:/nowhere"),
        ("status", "--output", "xml"),
        ("gc", "--untagged-days", "1e308"),
        ("serve", "--port", "70000"),
        ("serve", "--host", "nowhere.invalid"),
        ("namespace", "create", "NO"),
        ("namespace", "proxy", "hub", "ftp://nowhere.invalid"),
        ("trigger", "replay", "99999999999999999999"),
    ],
)
def test_wrong_words(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Exit code 2 and a sentence; never a traceback, and never 0 or 1."""
    if words[1:2] == ("proxy",):
        _run(tmp_path, "namespace", "create", "hub")
    done = _run(tmp_path, *words)

    assert done.returncode == 2, done.stderr
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """A second server says so, rather than to share the port with the first and answer every other request."""
    with socket.socket() as first:
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        done = _run(tmp_path, "serve", "--port", str(port))

    assert done.returncode == 2
    assert f"127.0.0.1:{port} cannot be listened on" in done.stderr
    assert "shown once" not in done.stderr


@pytest.mark.parametrize("kind", ["junk", "mismatch", "encrypted"])
def test_a_certificate_that_cannot_be_used(tmp_path: Path, kind: str) -> None:
    """Said at the start with the setting's name; nobody is asked for a pass phrase."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)
    signed = x509.CertificateBuilder(name, name, made.public_key(), 1, at, at + timedelta(days=1)).sign(made, SHA256())
    cert.write_bytes(b"junk" if kind == "junk" else signed.public_bytes(Encoding.PEM))
    secrecy = BestAvailableEncryption(b"x") if kind == "encrypted" else NoEncryption()
    used = other if kind == "mismatch" else made
    key.write_bytes(used.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secrecy))
    done = _run(tmp_path, "serve", HULLSCAN_TLS_CERT=str(cert), HULLSCAN_TLS_KEY=str(key))

    assert done.returncode == 2
    assert "HULLSCAN_TLS_CERT and HULLSCAN_TLS_KEY must name a certificate" in done.stderr


def test_a_key_file_that_is_damaged(tmp_path: Path) -> None:
    """Told with its path, without a traceback."""
    keys = {"HULLSCAN_ADMIN_ACCESS_KEY": "A" * 20, "HULLSCAN_ADMIN_SECRET_KEY": "s" * 40}
    _run(tmp_path, "status", **keys)
    (tmp_path / "data" / "secret.key").write_text("short")
    done = _run(tmp_path, "status", **keys)

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "secret.key is damaged" in done.stderr


def test_a_look_waits_for_no_writer(sqlite_context: Context, tmp_path: Path) -> None:
    """``status`` reads only, once the store was made: a long transaction elsewhere does not hold it up."""
    first_start(sqlite_context)
    with writing(sqlite_context.engine):
        done = _run(tmp_path, "status")

    assert (done.returncode, "instance_id" in done.stdout) == (0, True)


def _shell(folder: Path, line: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of bash, where ``hullscan`` is ours; the exit code is that of the first program of a pipe."""
    script = f'hullscan() {{ "{sys.executable}" -m hullscan "$@"; }}; set -o pipefail; {line}'
    environment = {**os.environ, "HULLSCAN_DATA_DIR": str(folder / "data"), "LC_ALL": "C"}
    command = ["bash", "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("hullscan inventory dir:. | (exec <&-; sleep 2)", 141),
        ("hullscan --help | (exec <&-; sleep 2)", 141),
        ("hullscan --version > /dev/full", 2),
        ("hullscan inventory dir:. > /dev/full", 2),
        ("hullscan --version >&-", 0),
        ("hullscan --version 2>&-", 0),
        ("PYTHONIOENCODING=ascii hullscan compare --help", 0),
    ],
)
def test_odd_streams(tmp_path: Path, line: str, code: int) -> None:
    """A reader that left, a full disk, streams that are closed, a terminal of ASCII: 1 would say a policy was breached."""
    (tmp_path / "app").mkdir()
    done = _shell(tmp_path, f"cd {tmp_path}/app && {line}")

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("asked", "said"), [("Nope", "there are: Debian, npm"), ("debian:12", "did you mean Debian?")])
def test_an_ecosystem_that_no_feed_speaks_of(tmp_path: Path, asked: str, said: str) -> None:
    """A refresh of it is refused with the names that there are; the others' snapshots are not made either."""
    for ecosystem in ("Debian", "npm"):
        write_feed(tmp_path / "feeds", [osv_record("CVE-2099-1", "a", ecosystem=ecosystem)], ecosystem)
    wanted = ("--ecosystem", "npm", "--ecosystem", asked)
    done = _run(tmp_path, "feeds", "refresh", "--from", str(tmp_path / "feeds"), *wanted)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"no feed of {asked!r}" in done.stderr and said in " ".join(done.stderr.split())
