"""``hullscan feeds``: fetch advisories, and say how fresh they are."""

import sys
from typing import Annotated

import typer

from hullscan.cli.form import AskedForm, Form
from hullscan.cli.progress import shown_progress

app = typer.Typer(help="Advisories: fetch them, and see how fresh they are.", no_args_is_help=True)


@app.command()
def refresh(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help="Folder or address laid out as osv/ECOSYSTEM/all.zip and native/…; the publishers themselves by default",
        ),
    ] = "",
    ecosystem: Annotated[list[str] | None, typer.Option(help="Only this ecosystem; may be repeated")] = None,
) -> None:
    """
    Build new snapshots of all feeds and swap them in; a feed that fails keeps the one it has.

    Exit codes: 0 all were loaded, 2 none was, 3 some were not.
    """
    from hullscan.services.context import open_context
    from hullscan.services.upkeep.refresh import refresh_feeds
    from hullscan.settings import Settings

    context = open_context(Settings.from_environment())
    with shown_progress() as progress:
        results = refresh_feeds(context, source, ecosystems=tuple(ecosystem or ()), spoken_only=True, progress=progress)
    failed = 0
    for result in results:
        if result.error:
            failed += 1
            print(f"{result.feed}: FAILED: {result.error}", file=sys.stderr)
        elif result.unchanged:
            print(f"{result.feed}: unchanged")
        else:
            print(
                f"{result.feed}: {result.records} records: {result.added} new, {result.changed} changed, "
                f"{result.removed} gone" + (f"; {result.unreadable} could not be read" if result.unreadable else "")
            )
    if failed:
        print("the snapshots that failed feeds had before stay in use", file=sys.stderr)
        raise typer.Exit(2 if failed == len(results) else 3)


@app.command()
def status(output: AskedForm = Form.table) -> None:
    """Show each feed's snapshot, age and health."""
    from hullscan.services.context import open_context
    from hullscan.services.upkeep.status import feed_status
    from hullscan.settings import Settings

    rows = feed_status(open_context(Settings.from_environment()))
    if output is Form.json:
        import json

        print(json.dumps(rows, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("FEED", "RECORDS", "NEWEST RECORD", "AGE (DAYS)", "SNAPSHOT", "HEALTH"):
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(
            str(row["name"]),
            str(row["records"]),
            str(row["upstream_time"] or "-"),
            str(row["age_days"] if row["age_days"] is not None else "-"),
            str(row["snapshot"] or "-")[:12],
            str(row["health"]),
        )
    Console().print(table)
