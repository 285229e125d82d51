"""Runs the application on Granian, with the worker beside it."""

import asyncio
import signal
import sys

import structlog
from granian.constants import Interfaces
from granian.server.embed import Server

from hullscan.api.app import App
from hullscan.jobs.worker import Worker
from hullscan.services.context import Context
from hullscan.services.scan import run_next


def run(context: Context, *, host: str, port: int) -> None:
    """Serve in this one process until SIGINT or SIGTERM; requests under way are finished."""
    _configure_logs()
    worker = Worker(lambda: run_next(context))
    worker.start()
    try:
        asyncio.run(
            _serve(
                Server(
                    App(context),
                    address=host,
                    port=port,
                    interface=Interfaces.ASGINL,
                    websockets=False,
                    log_enabled=False,
                )
            )
        )
    finally:
        worker.stop()


async def _serve(server: Server) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await server.serve()


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
