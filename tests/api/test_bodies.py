"""What clients send that stands still, or that is refused before it was read."""

import asyncio
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.types import Message

from api.conftest import Server, free_port, running_server, start
from builders import digest_of
from hullscan.api.bodies import Bodies, Body

_FIRST = b"a" * 300_000
_REST = b"b" * 700_000


def _body(bodies: Bodies, *pieces: bytes, length: int) -> Body:
    """Return a body of which no more than *pieces* comes."""
    left = list(pieces)
    sent = 0

    async def receive() -> Message:
        nonlocal sent
        if not left:
            await asyncio.Event().wait()
        piece = left.pop(0)
        sent += len(piece)
        return {"type": "http.request", "body": piece, "more_body": sent < length}

    return bodies.of({"headers": [(b"content-length", str(length).encode())]}, receive)


def test_what_stands_still_is_not_waited_for_any_longer() -> None:
    """Its client is gone: the request ends as it would if that had been told, and is answered 408."""

    async def read() -> tuple[list[str], int, bool]:
        body = _body(Bodies(still_s=0.01), b"some", length=10)
        kinds = [(await body.receive())["type"] for _ in range(2)]
        return kinds, body.cut, await body.is_read()

    assert asyncio.run(read()) == (["http.request", "http.disconnect"], 408, False)


def test_what_comes_while_the_server_ends() -> None:
    """It is cut, and so is what would come after that."""

    async def read() -> tuple[list[str], list[int]]:
        bodies = Bodies()
        one, two = (_body(bodies, length=10) for _ in range(2))
        waiting = asyncio.create_task(one.receive())
        await asyncio.sleep(0.01)
        bodies.end()
        return [(await waiting)["type"], (await two.receive())["type"]], [one.cut, two.cut]

    assert asyncio.run(read()) == (["http.disconnect"] * 2, [503, 503])


@pytest.mark.parametrize(
    ("pieces", "length", "expected"),
    [
        ((), 0, True),
        ((b"abc", b"def"), 6, True),
        ((b"abc" * 1_000_000,), 3_000_000, False),
    ],
)
def test_what_little_is_left_is_read(pieces: tuple[bytes, ...], length: int, expected: bool) -> None:
    """A refused request's connection can be used again; more than a mebibyte is not read for that."""

    async def read() -> bool:
        return await _body(Bodies(), *pieces, length=length).is_read()

    assert asyncio.run(read()) is expected


@pytest.mark.parametrize(("size", "expected"), [(0, False), (1_000_000, False), (30_000_000, True)])
def test_a_refused_upload_says_whether_its_connection_ends(server: Server, size: int, expected: bool) -> None:
    """Else the client's next request goes out on a connection that is closed by then (the answer would be EOF)."""
    told = urlsplit(server.url)
    with socket.create_connection((str(told.hostname), int(told.port or 0)), timeout=30) as line:
        begin = f"POST /v2/team/app/blobs/uploads/?digest=sha256:{'0' * 64} HTTP/1.1\r\nHost: {told.netloc}\r\n"
        line.sendall(f"{begin}Content-Length: {size}\r\n\r\n".encode())
        if not expected:
            line.sendall(b"x" * size)
        head = _head(line.recv)
        assert head.startswith("http/1.1 401")
        assert ("connection: close" in head) is expected
        if not expected:
            line.sendall(f"GET /healthz HTTP/1.1\r\nHost: {told.netloc}\r\n\r\n".encode())
            assert _head(line.recv).startswith("http/1.1 200")


def _head(receive: Callable[[int], bytes]) -> str:
    """Return an answer's head, and read what else has come."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = receive(65_536)
        assert piece, data
        data += piece
    return data.decode().lower()


def test_a_server_that_is_to_stop_keeps_what_came(tmp_path: Path) -> None:
    """One client stands still and would keep it for ever; what it sent is there for the next server, and the upload goes on."""
    with running_server(tmp_path, "team") as next_one:
        port = free_port()
        process = start(next_one.environment, port)
        try:
            with next_one.registry() as client:
                place = client.post("/v2/team/app/blobs/uploads/").headers["Location"]
                token = client.get("/v2/token", params={"scope": "repository:team/app:pull,push"}).json()["token"]
            with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
                begin = f"PATCH {place} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
                line.sendall(f"{begin}Content-Length: {len(_FIRST + _REST)}\r\n\r\n".encode() + _FIRST)
                process.send_signal(signal.SIGTERM)
                assert _head(line.recv).startswith("http/1.1 503")
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
            process.wait()
        with next_one.registry() as client:
            assert client.get(place).headers["Range"] == f"0-{len(_FIRST) - 1}"
            query = {"digest": digest_of(_FIRST + _REST)}
            assert client.put(place, params=query, content=_REST).status_code == 201
