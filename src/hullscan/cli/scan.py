"""``hullscan scan``: one target, one report."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hullscan.cli.progress import shown_progress


class Output(StrEnum):
    """How the report is printed."""

    table = "table"
    json = "json"
    swr = "swr"


class Threshold(StrEnum):
    """From which severity on a finding breaches the policy."""

    negligible = "negligible"
    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"


def scan(
    target: Annotated[
        str,
        typer.Argument(
            help="oci:DIR[:tag], docker-archive:FILE, dir:ROOT, sbom:FILE, purl:FILE, docker://REF or a bare reference"
        ),
    ],
    platform: Annotated[str, typer.Option(help="os/architecture[/variant] of an image index")] = "",
    output: Annotated[Output, typer.Option(help="How the report is printed")] = Output.table,
    fail_on: Annotated[Threshold | None, typer.Option(help="Exit with 1 if a finding is at least this severe")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never fetch feeds")] = False,
    lock_files: Annotated[
        bool,
        typer.Option("--lock-files", help="Count what lock files say as inside an image; of a directory, always so"),
    ] = False,
    ignore_file: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Ids to ignore, one a line, each optionally with exp:YYYY-MM-DD"
        ),
    ] = None,
    vex: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="OpenVEX, CSAF or CycloneDX VEX document; may be repeated"),
    ] = None,
) -> None:
    """Scan TARGET and print its report."""
    from hullscan.services.scans.scan_target import scan_target
    from hullscan.settings import Settings

    with shown_progress() as progress:
        report = scan_target(
            Settings.from_environment(),
            target,
            platform=platform,
            offline=offline,
            lock_files=lock_files,
            progress=progress,
            ignore_file=ignore_file,
            vex_files=tuple(vex or ()),
            ahead=_load_tables if output is Output.table else None,
        )
    if output is Output.json:
        from hullscan.reports.json import report_json

        sys.stdout.buffer.writelines(report_json(report))
        sys.stdout.buffer.write(b"\n")
    elif output is Output.swr:
        from hullscan.reports.swr import swr_body, swr_items

        sys.stdout.buffer.write(swr_body(report, swr_items(report.findings, report.digest)) + b"\n")
    else:
        from rich.console import Console

        from hullscan.reports.table import print_report

        print_report(report, Console())
    sys.stdout.flush()
    breached = fail_on is not None and any(
        finding.suppressed is None and finding.severity.name.lower() in _from(fail_on) for finding in report.findings
    )
    if breached:
        raise typer.Exit(1)
    if not all(problem.proven for problem in report.problems):
        raise typer.Exit(3)


def _load_tables() -> None:
    """Load what prints a table: nobody waits for it while layers are read."""
    import hullscan.reports.table  # noqa: F401


def _from(threshold: Threshold) -> frozenset[str]:
    words = [one.value for one in Threshold]
    return frozenset(words[words.index(threshold.value) :])
