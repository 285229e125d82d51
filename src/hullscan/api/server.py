"""Runs the application on Granian, with the worker beside it."""

import asyncio
import signal
import socket
import ssl
import sys
from functools import partial
from typing import Final, TypeAlias

import structlog
from granian.constants import Interfaces, SSLProtocols
from granian.server.embed import Server

from hullscan.api.app import App
from hullscan.errors import SettingsError
from hullscan.jobs.once import Once
from hullscan.jobs.timer import Timer
from hullscan.jobs.worker import Worker
from hullscan.services.context import Context
from hullscan.services.indexing.chains import note_missing_chains
from hullscan.services.reports.fleet import follow_feeds
from hullscan.services.rules.rule import start_due
from hullscan.services.runs.run import run_next_rule
from hullscan.services.scans.scan import run_next
from hullscan.services.upkeep.chores import chores, do_if_due
from hullscan.settings import Settings
from hullscan.store.database import checkpoint

_FLUSH_S: Final = 1.0
_SCHEDULE_S: Final = 1.0
_UPKEEP_S: Final = 60.0
_CERTIFICATE_S: Final = 2.0
_BOTH_LISTEN_S: Final = 1.0

_FINISH_S: Final = 20.0
"""For how long a server that is to stop waits for requests under way: service managers wait half a minute and more."""

_LAST_WORDS_S: Final = 5.0

_State: TypeAlias = tuple[tuple[int, int], ...]
"""When the certificate's files were written, and their inodes."""

_log = structlog.get_logger()


def run(context: Context, *, host: str, port: int) -> None:
    """
    Serve in this one process until SIGINT or SIGTERM.

    Requests under way are finished, if that takes no longer than `_FINISH_S`; of uploads that take longer what came is kept.
    """
    _configure_logs()
    app = App(context)
    jobs: list[Worker | Timer | Once] = [
        Once("chains", lambda: note_missing_chains(context)),
        Worker("scans", lambda: run_next(context)),
        Worker("rules", lambda: run_next_rule(context)),
        Worker("reports", lambda: follow_feeds(context)),
        Worker("proxies", app.proxy.complete_next),
        Timer("schedule", _SCHEDULE_S, lambda: start_due(context)),
        Timer("pulls", _FLUSH_S, app.pulls.flush),
        Timer("checkpoint", _FLUSH_S, lambda: checkpoint(context.engine)),
    ]
    jobs += (Timer(chore.name, _UPKEEP_S, partial(do_if_due, context, chore)) for chore in chores(context.settings))
    for job in jobs:
        job.start()
    try:
        asyncio.run(_serve(app, context, host, port))
    finally:
        for job in jobs:
            job.stop()
        app.pulls.flush()


def listening_address(host: str, port: int) -> str:
    """
    Return the address that *host* is a name of, and find out whether it can be listened on.

    The listeners share their port, so that a new certificate can be taken up; a second server would share it as well, and
    answer every other request from its own store.

    Raises:
        SettingsError: It cannot; the text says why.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
            return str(address[0])
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(
            f"{host}:{port} cannot be listened on ({reason}); choose another --host or --port"
        ) from error


def check_certificate(settings: Settings) -> None:
    """
    Raises:
        SettingsError: The files that *settings* name are no certificate with its key; the text says why.
    """
    if settings.tls_cert is None:
        return
    try:
        # Without a pass phrase OpenSSL would ask the terminal for one, where there is none to answer.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password=lambda: "")
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"HULLSCAN_TLS_CERT and HULLSCAN_TLS_KEY must name a certificate and its key, not encrypted, in PEM: {error}"
        ) from error


async def _serve(app: App, context: Context, host: str, port: int) -> None:
    """
    Serve until a signal comes; a new certificate is served by a new listener, while the old one ends its requests.

    Both listen for a moment, so that nobody is refused. Whose connection is so new when the old one stops that no request
    has come by it has to connect again.
    """
    settings = context.settings
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    running: set[asyncio.Task[None]] = set()
    before: Server | None = None
    while not stopping.is_set():
        used = _state(settings)
        server = _listener(app, settings, host, port)
        task = asyncio.create_task(server.serve())
        running.add(task)
        task.add_done_callback(running.discard)
        if before is not None:
            await asyncio.wait((task,), timeout=_BOTH_LISTEN_S)
            loop.call_soon(before.stop)
        stopped = asyncio.create_task(stopping.wait())
        changed = asyncio.create_task(_new_certificate(settings, used))
        await asyncio.wait((task, stopped, changed), return_when=asyncio.FIRST_COMPLETED)
        for waiting in (stopped, changed):
            waiting.cancel()
        before = server
        if task.done():
            task.result()
            break
    if before is not None:
        loop.call_soon(before.stop)
    if running:
        _, late = await asyncio.wait(running, timeout=_FINISH_S)
        app.bodies.end()
        if late:
            _, late = await asyncio.wait(late, timeout=_LAST_WORDS_S)
        if late:
            _log.warning("connections cut: their requests took too long")


def _listener(app: App, settings: Settings, host: str, port: int) -> Server:
    return Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
        ssl_cert=settings.tls_cert,
        ssl_key=settings.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
    )


async def _new_certificate(settings: Settings, used: _State | None) -> None:
    """Return once there are certificate files that are new, compared with those *used*, and good."""
    while True:
        await asyncio.sleep(_CERTIFICATE_S)
        found = _state(settings)
        if found in (used, None):
            continue
        try:
            check_certificate(settings)
        except SettingsError as error:
            # Written half, or certificate and key of two pairs: the next look may find them whole.
            _log.warning("certificate not taken", reason=str(error))
            continue
        _log.info("certificate read again")
        return


def _state(settings: Settings) -> _State | None:
    try:
        found = [path.stat() for path in (settings.tls_cert, settings.tls_key) if path is not None]
    except OSError:
        return None
    return tuple((one.st_mtime_ns, one.st_ino) for one in found)


def _configure_logs() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
