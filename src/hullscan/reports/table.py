"""The report as a table for people at a terminal."""

from collections import Counter
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hullscan.model.advisory import Severity
from hullscan.model.report import Finding, Report, Verdict

_COLOURS: Final = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.NEGLIGIBLE: "dim",
    Severity.UNKNOWN: "magenta",
}

_VERDICTS: Final = {
    Verdict.CLEAN: ("clean", "bold green", "no known flaw, and nothing stood in the way of knowing"),
    Verdict.AFFECTED: ("affected", "bold red", "known flaws are inside"),
    Verdict.UNDETERMINED: (
        "undetermined",
        "bold yellow",
        "no known flaw was found, but the problems below leave doubt",
    ),
}


def print_report(report: Report, console: Console) -> None:
    """Print findings (worst first), problems, and a summary."""
    if report.findings:
        console.print(_findings_table(report.findings))
    for problem in report.problems:
        place = f" [{problem.path}]" if problem.path else ""
        console.print(Text.assemble(("! ", "yellow"), (problem.code, "bold"), f"{place}: {problem.message}"))
    word, colour, meaning = _VERDICTS[report.verdict]
    console.print(
        Text.assemble(
            (f"{report.target}", "bold"),
            f"  {report.platform}  {report.digest}\n",
            ("verdict: ", ""),
            (word, colour),
            f" ({meaning})\n",
            _summary(report),
        )
    )


def _findings_table(findings: tuple[Finding, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("SEVERITY", "ID", "PACKAGE", "INSTALLED", "FIX", "LAYER"):
        table.add_column(column, no_wrap=column in ("SEVERITY", "ID"), overflow="fold")
    for finding in sorted(findings, key=lambda one: (-one.severity, one.package, one.id)):
        style = "dim strike" if finding.suppressed is not None else _COLOURS[finding.severity]
        table.add_row(
            Text(finding.severity.label, style=style),
            finding.id,
            finding.package,
            finding.version,
            finding.fix_version or "-",
            (finding.layer[7:19] or "-") + (" base" if finding.in_base else ""),
        )
    return table


def _summary(report: Report) -> str:
    counted = [finding for finding in report.findings if finding.suppressed is None]
    numbers = Counter(finding.severity for finding in counted)
    by_severity = ", ".join(f"{numbers[one]} {one.label.lower()}" for one in sorted(numbers, reverse=True)) or "none"
    suppressed = len(report.findings) - len(counted)
    fixable = sum(1 for finding in counted if finding.fix_version)
    lines = [
        f"findings: {len(counted)} ({by_severity}), {fixable} with a fix"
        + (f", {suppressed} suppressed" if suppressed else ""),
        f"packages: {len(report.packages)}   problems: {len(report.problems)}",
    ]
    lines += [f"base image: {base}" for base in report.bases]
    lines += [
        f"feed {feed.name}: {feed.records} records, newest {feed.upstream_time:%Y-%m-%d}, snapshot {feed.snapshot[:12]}"
        for feed in report.feeds
        if feed.upstream_time
    ]
    return "\n".join(lines)
