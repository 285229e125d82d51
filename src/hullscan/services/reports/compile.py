"""The report of one image, compiled from what the store knows: its packages, what publishers say, what is not known."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

import sqlalchemy as sa

from hullscan.matching.coverage import Coverage, FeedHealth, coverage, end_of_life, release_support
from hullscan.matching.package_support import end_of_package_support
from hullscan.matching.queries import Query, queries
from hullscan.matching.resolve import Resolved, Resolver
from hullscan.model.advisory import Severity
from hullscan.model.base_image import BaseImage, layers_of
from hullscan.model.package import OS_TYPES, Package, SourcePackage
from hullscan.model.report import Finding, Problem, Report, ReportedPackage, Scanner, Verdict
from hullscan.store.artifacts.inventories import PlacedPackage, StoredImage
from hullscan.store.feeds import hits as stored
from hullscan.store.feeds.feed_rows import feed_rows
from hullscan.store.feeds.support import load_package_support, load_support
from hullscan.store.reports.findings import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A report, and until when time alone cannot make it wrong."""

    report: Report
    valid_until: datetime | None


def compile_report(
    connection: sa.Connection,
    image: StoredImage,
    *,
    target: str,
    scanner: Scanner,
    at: datetime,
    max_age_days: int,
    bases: tuple[BaseImage, ...] = (),
) -> Compiled:
    """Join *image*'s packages with their findings, and say what the feeds at hand cannot prove; mark what *bases* brought."""
    asked = stored.asked(connection, image.digest)
    resolved = _resolve_all(connection, image, asked)
    grounds = _coverage(connection, asked, at=at, max_age_days=max_age_days)
    sources = {(query.ecosystem, query.name) for some in asked.values() for query in some}
    spoken = load_package_support(connection, {ecosystem for ecosystem, _ in sources})
    unsupported = end_of_package_support(sources, spoken, at)
    problems = [
        *image.problems,
        *_unasked(image.packages, asked),
        *_unreadable_versions(connection, image.packages, asked),
        *_undecided(resolved, asked),
        *grounds.problems,
        *unsupported.problems,
    ]
    deadlines = [until for until in (grounds.valid_until, unsupported.valid_until) if until]
    for distro in image.distros:
        support = load_support(connection, distro.id) if distro.id else {}
        ended = end_of_life(distro, support, at)
        if ended is not None:
            problems.append(ended)
        elif (release := release_support(distro, support)) is not None:
            deadlines += [end + timedelta(days=1) for end in (release.ends, release.extended_ends) if end and end > at]
    if not image.packages:
        problems.append(Problem(code="no-packages", message="no package was recognised, so nothing can be said"))
    findings = _findings(image.packages, resolved, asked, base_layers=layers_of(bases))
    findings = _judged_by_owner(connection, image, findings)
    unique = tuple(dict.fromkeys(problems))
    report = Report(
        target=target,
        digest=image.digest,
        platform=image.platform,
        verdict=verdict_of(findings, unique),
        severity=worst(findings),
        findings=findings,
        problems=unique,
        packages=tuple(
            ReportedPackage(
                purl=one.purl,
                name=one.name,
                version=one.version,
                source=one.source,
                source_version=one.source_version,
                vendor=one.vendor,
                layer=one.layer,
                path=one.path,
            )
            for one in image.packages
        ),
        bases=bases,
        feeds=grounds.feeds,
        scanner=scanner,
        generated_at=at,
    )
    return Compiled(report=report, valid_until=min(deadlines, default=None))


def verdict_of(findings: Iterable[Finding], problems: Iterable[Problem]) -> Verdict:
    """Return the answer: affected by what counts; else undetermined if a problem leaves room for doubt; else clean."""
    if any(finding.suppressed is None for finding in findings):
        return Verdict.AFFECTED
    return Verdict.CLEAN if all(problem.proven for problem in problems) else Verdict.UNDETERMINED


def worst(findings: Iterable[Finding]) -> Severity:
    """Return the highest severity of the findings that count."""
    return max((finding.severity for finding in findings if finding.suppressed is None), default=Severity.UNKNOWN)


# --- findings ---------------------------------------------------------------------------------------------------


def _resolve_all(
    connection: sa.Connection, image: StoredImage, asked: Mapping[int, Sequence[Asked]]
) -> dict[int, Resolved]:
    hits = stored.hits_of(connection, image.digest)
    records = {hit.record for some in hits.values() for hit in some}
    cves = {name for record in records for name in record.names if name.startswith("CVE-")}
    resolver = Resolver(stored.facts_of(connection, cves))
    return {package_id: resolver.resolve(some, asked[package_id][0].version) for package_id, some in hits.items()}


def _undecided(resolved: Mapping[int, Resolved], asked: Mapping[int, Sequence[Asked]]) -> list[Problem]:
    return [
        one.problem(asked[package_id][0].version) for package_id, some in resolved.items() for one in some.undecided
    ]


def _findings(
    packages: Iterable[PlacedPackage],
    resolved: Mapping[int, Resolved],
    asked: Mapping[int, Sequence[Asked]],
    *,
    base_layers: Collection[str],
) -> tuple[Finding, ...]:
    """By flaw, then by package: the few packages are sorted first, and findings go to their flaw in that order."""
    by_flaw: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in sorted(packages, key=lambda one: (one.name, one.version, one.path, one.layer)):
        if one.package_id not in resolved:
            continue
        compared = asked[one.package_id][0]
        owner = f"{one.owner.name} {one.owner.version}" if one.owner else ""
        in_base = one.layer in base_layers
        for flaw in resolved[one.package_id].flaws:
            told = flaw.told
            severity, severity_source = flaw.rating
            rejected = f"{told.id} was rejected by its numbering authority" if told.rejected else None
            evidence = flaw.evidence(compared.version, compared.scheme)
            finding = Finding(
                told.id, one.name, one.version, one.purl, severity, severity_source, flaw.fix, told.aliases, one.layer,
                one.path, told.description, told.links, told.cvss, told.cwes, told.exploited, told.epss, evidence,
                owner, in_base, rejected,
            )  # fmt: skip
            by_flaw[told.id].append(finding)
    return tuple(chain.from_iterable([by_flaw[name] for name in sorted(by_flaw)]))


# --- ownership --------------------------------------------------------------------------------------------------


def _judged_by_owner(
    connection: sa.Connection, image: StoredImage, findings: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """
    Leave out the flaws of owned language packages of which the distribution speaks for the owner's source package.

    Rule: design.md, "Rules that decide": that word stands and the flaw is counted once; silence hides nothing. Of an owner that
    another built (`model.vendors`) the distribution does not speak.
    """
    if not image.distros or not any(one.owner for one in image.packages):
        return findings
    owners = {finding.owner for finding in findings if finding.owner}
    questions: defaultdict[str, list[Query]] = defaultdict(list)
    for distro in image.distros:
        release = f"{distro.id}-{distro.version_id}"
        packages = image.packages
        if len(image.distros) > 1:
            packages = tuple(one for one in packages if f"distro={release}" in one.purl)
        for owner in owners:
            questions[owner] += _owner_queries(owner, packages, distro.id, release)
    names = {(query.ecosystem, query.name) for asked in questions.values() for query in asked}
    present = stored.ecosystems_present(connection, {ecosystem for ecosystem, _ in names})
    names = {(ecosystem, name) for ecosystem, name in names if ecosystem in present}
    spoken = stored.spoken_flaws(connection, names)
    kept = []
    for finding in findings:
        said = {
            flaw for query in questions.get(finding.owner, ()) for flaw in spoken.get((query.ecosystem, query.name), ())
        }
        if not finding.owner or not said.intersection((finding.id, *finding.aliases)):
            kept.append(finding)
    return tuple(kept)


def _owner_queries(owner: str, packages: Iterable[PlacedPackage], distro: str, release: str) -> tuple[Query, ...]:
    """What to ask about a source package: where the publisher names binaries, about all that are installed of it."""
    name, _, version = owner.partition(" ")
    binaries = {
        (one.type, one.name, one.vendor)
        for one in packages
        if one.type in OS_TYPES and (one.source or one.name) == name
    }
    answers = [
        queries(
            Package(
                type=kind,
                namespace=distro,
                name=binary,
                version=version,
                source=SourcePackage(name=name, version=version),
                qualifiers=(("distro", release),),
                vendor=vendor,
            )
        )
        for kind, binary, vendor in sorted(binaries)
    ]
    return tuple(dict.fromkeys(query for asked in answers if isinstance(asked, tuple) for query in asked))


# --- what is not known ------------------------------------------------------------------------------------------


def _coverage(connection: sa.Connection, asked: dict[int, list[Asked]], *, at: datetime, max_age_days: int) -> Coverage:
    groups = {tuple(query.ecosystem for query in some) for some in asked.values()}
    health = [
        FeedHealth(name=row.name, ecosystems=row.ecosystems, state=row.state, problems=row.problems)
        for row in feed_rows(connection)
    ]
    present = stored.ecosystems_present(connection, {ecosystem for group in groups for ecosystem in group})
    return coverage(groups, health, frozenset(present), at=at, max_age_days=max_age_days)


def _unasked(packages: Iterable[PlacedPackage], asked: dict[int, list[Asked]]) -> list[Problem]:
    """The problems of packages about which nobody could be asked; one for each reason, not for each package."""
    problems: dict[tuple[str, str], Problem] = {}
    for one in packages:
        if one.package_id in asked:
            continue
        answer = queries(_as_package(one))
        if isinstance(answer, Problem):
            problems.setdefault((answer.code, _concern(one, answer)), answer)
    return list(problems.values())


def _concern(one: PlacedPackage, answer: Problem) -> str:
    """What all packages share that a problem is told of once."""
    if answer.code in ("no-version", "from-repository"):
        return answer.message
    return one.vendor if answer.code == "foreign-vendor" else one.type


def _as_package(one: PlacedPackage) -> Package:
    from packageurl import PackageURL

    purl = PackageURL.from_string(one.purl)
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    return Package(
        type=one.type,
        namespace=purl.namespace or "",
        name=purl.name,
        version=one.version,
        qualifiers=tuple(sorted(qualifiers.items())),
        path=one.path,
        layer=one.layer,
        vendor=one.vendor,
    )


def _unreadable_versions(
    connection: sa.Connection, packages: Sequence[PlacedPackage], asked: dict[int, list[Asked]]
) -> list[Problem]:
    unreadable = {package_id: query for package_id, some in asked.items() for query in some if query.key is None}
    if not unreadable:
        return []
    spoken = stored.names_present(connection, {(query.ecosystem, query.name) for query in unreadable.values()})
    problems = []
    for one in packages:
        query = unreadable.get(one.package_id)
        if query is not None and (query.ecosystem, query.name) in spoken:
            problems.append(
                Problem(
                    code="unreadable-version",
                    message=f"{one.name} {one.version}: {query.scheme} cannot read this version, so no advisory could be compared",
                    path=one.path,
                    layer=one.layer,
                )
            )
    return problems
