"""
The use cases in a terminal. Progress and messages go to stderr, answers to stdout.

Exit codes: 0 done, and clean by the policy asked for; 1 policy breached; 2 could not be done; 3 done, but something
could not be read or judged; 130 interrupted; 141 whoever read the answer left.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import click
import typer

import hullscan
from hullscan.cli import feeds, fleet, inventory, people, scan, server, tools, triggers, upkeep
from hullscan.errors import HullscanError

app = typer.Typer(
    name="hullscan",
    help="Scan container images and other OCI artifacts, and serve reports as SWR does.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"hullscan {hullscan.__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


app.command("scan")(scan.scan)
app.command("inventory")(inventory.inventory)
app.command("explain")(inventory.explain)
app.command("serve")(server.serve)
app.command("status")(server.status)
app.command("gc")(upkeep.gc)
app.command("fsck")(upkeep.fsck)
app.command("attach")(upkeep.attach)
app.command("compare")(tools.compare)
app.command("satisfies")(tools.satisfies)
app.add_typer(feeds.app, name="feeds")
app.add_typer(server.namespaces, name="namespace")
app.add_typer(people.users, name="user")
app.add_typer(people.groups, name="group")
app.add_typer(people.policies, name="policy")
app.add_typer(people.projects, name="project")
app.add_typer(people.credentials, name="credential")
app.add_typer(triggers.app, name="trigger")
app.add_typer(fleet.app, name="fleet")


def main() -> NoReturn:
    """Run the command line; an error is exit code 2, and one line if it is one that we know."""
    code = 0
    _open_missing_streams()
    try:
        code = _run()
    except (typer.Abort, KeyboardInterrupt):
        print("hullscan: interrupted", file=sys.stderr)
        code = 130
    except (BrokenPipeError, SystemExit):
        # Who reads has enough (`| head`); rich leaves by the latter then. As a program that the signal ended.
        code = 141
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except HullscanError as error:
        print(f"hullscan: {error}", file=sys.stderr)
        code = 2
    except Exception as error:  # noqa: BLE001 (the command's edge: code 1 would say that a policy was breached)
        _tell_unforeseen(error)
        code = 2
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    # Taking half a million objects apart one by one would cost a quarter of a second; all that matters is on the disk.
    os._exit(code)


def _run() -> int:
    try:
        code = app(standalone_mode=False) or 0
    except typer.Exit as done:
        code = done.exit_code
    # Here, so that an answer that could not be written (a full disk) is no answer.
    sys.stdout.flush()
    return int(code)


def _open_missing_streams() -> None:
    """Give a program that was started without standard streams (``>&-``) some that lead nowhere, and let all print anything."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (open to the end)
        getattr(sys, name).reconfigure(errors="backslashreplace")


def _tell_unforeseen(error: Exception) -> None:
    cause = getattr(error, "orig", None)
    if cause is not None:
        # SQLAlchemy's, told by what it carries: importing it would cost every command a fifth of a second.
        print(f"hullscan: the database could not be used: {cause}", file=sys.stderr)
    elif isinstance(error, OSError):
        print(f"hullscan: {error}", file=sys.stderr)
    else:
        import traceback  # only here: 15 ms of a command's start

        traceback.print_exception(error)
        print("hullscan: an error that should not be; please report the lines above", file=sys.stderr)
