"""Findings that shall not count: ignore files and VEX statements, applied and accounted for."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from msgspec.structs import replace

from hullscan.errors import NotFound, UnreadableInput
from hullscan.matching.ignores import Ignore, parse_ignore_file
from hullscan.matching.vex import Scanned, Statements
from hullscan.matching.vex_documents import parse_vex
from hullscan.model.report import Finding, Problem, Report
from hullscan.services.context import now
from hullscan.services.reports.compile import verdict_of, worst


def suppress(
    report: Report,
    *,
    ignore_file: Path | None = None,
    vex_files: Sequence[Path] = (),
    indexes: Sequence[str] = (),
    repository: str = "",
    references: Mapping[str, str] | None = None,
) -> Report:
    """
    Return *report* with what the files name marked as suppressed; a rule that matches nothing is a problem.

    *indexes* (digests), *repository* and *references* are what VEX may call the target and its parts beside its digest, as
    in `matching.vex.Scanned`.

    Raises:
        NotFound: A file is not there.
        UnreadableInput: A file is not what it should be.
    """
    if ignore_file is None and not vex_files:
        return report
    ignores = parse_ignore_file(_read(ignore_file).decode("utf-8-sig", "replace")) if ignore_file is not None else ()
    places = ((one.purl, one.path) for one in report.packages)
    statements = Statements(
        [one for path in vex_files for one in parse_vex(_read(path), path.name)],
        Scanned((report.digest, *indexes), repository, places, references or {}),
    )
    today = now().date()
    findings = tuple(_judge(finding, ignores, statements, today) for finding in report.findings)
    problems = tuple(_unused(report, ignores, statements, today))
    everything = (*report.problems, *problems)
    return replace(
        report,
        findings=findings,
        problems=everything,
        verdict=verdict_of(findings, everything),
        severity=worst(findings),
    )


def _judge(finding: Finding, ignores: Sequence[Ignore], statements: Statements, today: date) -> Finding:
    for ignore in ignores:
        if ignore.holds(finding, today):
            return replace(finding, suppressed=ignore.reason)
    statement = statements.on(finding)
    if statement is not None and statement.denies:
        return replace(finding, suppressed=statement.reason)
    return finding


def _unused(report: Report, ignores: Sequence[Ignore], statements: Statements, today: date) -> list[Problem]:
    problems = []
    for ignore in ignores:
        if not any(ignore.names(finding) for finding in report.findings):
            message = f"the ignore rule for {ignore.id} matches no finding"
            problems.append(Problem(code="unused-ignore", message=message, proven=True))
        elif ignore.expired(today):
            message = f"the ignore rule for {ignore.id} ended on {ignore.until:%Y-%m-%d} and no longer counts"
            problems.append(Problem(code="expired-ignore", message=message, proven=True))
    for statement, near in statements.unused(report.findings):
        hint = f"; the flaw is found in {', '.join(near[:3])}" if near else ""
        message = f"the VEX statement on {statement.flaw} in {statement.source} matches no finding{hint}"
        problems.append(Problem(code="unused-vex", message=message, proven=True))
    return problems


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"{path} is not there") from error
    except OSError as error:
        raise UnreadableInput(f"{path} could not be read: {error.strerror}") from error
