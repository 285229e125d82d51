"""
What clients send: for how long it may stand still, and what becomes of the rest of it where the answer comes first.

A client that is gone without a word (a laptop that sleeps, a router that forgot) would hold its upload, and a server that is to
stop, for ever. A connection whose request was not read to its end cannot be used again, and its client has to be told so.
"""

import asyncio
from typing import Final

from starlette.types import Message, Receive, Scope

_STILL_S: Final = 60.0
"""As other servers have it (nginx, ``client_body_timeout``): between two pieces, however long the whole takes."""

_REST_S: Final = 2.0
_LARGEST_REST: Final = 1024 * 1024
"""Bytes of a refused request that are read and dropped, so that its connection can be used again."""


class Bodies:
    """The bodies under way to one server, for its event loop alone."""

    def __init__(self, still_s: float = _STILL_S) -> None:
        self.still_s = still_s
        self.is_over = False
        self.waiting: set[asyncio.Timeout] = set()

    def of(self, scope: Scope, receive: Receive) -> "Body":
        """Return the body of a request."""
        return Body(self, scope, receive)

    def end(self) -> None:
        """Have those under way end as if their clients had gone."""
        self.is_over = True
        now = asyncio.get_running_loop().time()
        for one in tuple(self.waiting):
            one.reschedule(now)


class Body:
    """
    One request's body.

    `cut` is the status of the answer to a request whose body was not waited for any longer: 408, or 503 where the server ends;
    0 of all others.
    """

    def __init__(self, bodies: Bodies, scope: Scope, receive: Receive) -> None:
        headers = dict(scope["headers"])
        self._bodies = bodies
        self._receive = receive
        self._wants_word = b"expect" in headers
        self._size = int(length) if (length := headers.get(b"content-length", b"")).isdigit() else None
        # Of a request without a body only the client's end can be received, which may be waited for.
        self._is_whole = not self._size and b"transfer-encoding" not in headers
        self.cut = 0

    async def receive(self) -> Message:
        """Return the next piece; the client's end where none comes."""
        if self._is_whole:
            return await self._receive()
        return await self._next(self._bodies.still_s)

    async def is_read(self) -> bool:
        """Say whether all of it was read, after reading what little may be left."""
        if self._is_whole:
            return True
        # Who waits for the word to send it was not given that, and will not send it.
        if self.cut or self._wants_word or (self._size or 0) > _LARGEST_REST:
            return False
        left = _LARGEST_REST
        while left > 0 and not self._is_whole:
            message = await self._next(_REST_S)
            if message["type"] != "http.request":
                return False
            left -= len(message.get("body", b""))
        return self._is_whole

    async def _next(self, patience_s: float) -> Message:
        bodies = self._bodies
        waiting: asyncio.Timeout | None = None
        try:
            async with asyncio.timeout(0 if bodies.is_over else patience_s) as waiting:
                bodies.waiting.add(waiting)
                message = await self._receive()
        except TimeoutError:
            self.cut = 503 if bodies.is_over else 408
            return {"type": "http.disconnect"}
        finally:
            if waiting is not None:
                bodies.waiting.discard(waiting)
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._is_whole = True
        return message
