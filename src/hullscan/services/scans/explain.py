"""Why a finding stands, why there is none, and where a package came from."""

from dataclasses import dataclass
from typing import Final

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.model.package import Package
from hullscan.model.report import Finding
from hullscan.services.progress import Progress, Silent
from hullscan.services.scans.scan_target import index_target, reported
from hullscan.settings import Settings
from hullscan.store.artifacts.inventories import load_image
from hullscan.store.database import reading
from hullscan.store.feeds.hits import Spoken, asked, spoken_of

_NEAREST: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """A run of versions that a publisher gives for one of the image's packages, and why it does not hold this one."""

    package: str
    version: str
    spoken: Spoken
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """
    What is known of a flaw in a target.

    `findings` stand; `runs` are what the publishers say of the target's packages beside them; `elsewhere` are names of
    packages that the records speak of and that are not inside.
    """

    flaw: str
    findings: tuple[Finding, ...]
    keys: dict[tuple[str, str], str]
    runs: tuple[WhyNot, ...]
    elsewhere: tuple[str, ...]


def explain_flaw(
    settings: Settings,
    target: str,
    flaw: str,
    *,
    platform: str = "",
    offline: bool = False,
    progress: Progress | None = None,
) -> Explained:
    """Return why *flaw* (CVE, GHSA, DSA …) is in the report of *target*, or why it is not."""
    progress = progress or Silent()
    with reported(settings, target, platform=platform, offline=offline, progress=progress) as (context, _, report):
        found = tuple(one for one in report.findings if flaw in (one.id, *one.aliases))
        with reading(context.engine) as connection:
            image = load_image(connection, report.digest)
            assert image is not None, "it was kept before it was reported"
            names = {one.package_id: one for one in image.packages}
            questions = asked(connection, report.digest)
            spoken = spoken_of(connection, {flaw, *(name for one in found for name in one.aliases)})
        runs, inside = [], set()
        standing = {(one.package, e.advisory) for one in found for e in one.evidence}
        keys: dict[tuple[str, str], str] = {}
        for package_id, told in questions.items():
            place = names[package_id]
            for question in told:
                keys[(question.scheme, question.version)] = (
                    question.key.hex() if question.key is not None else "unreadable"
                )
                for run in spoken:
                    if (run.ecosystem, run.name) != (question.ecosystem, question.name):
                        continue
                    inside.add((run.ecosystem, run.name))
                    if (place.name, run.advisory) not in standing:
                        runs.append(
                            WhyNot(
                                package=place.name,
                                version=question.version,
                                spoken=run,
                                reason=_reason(run, question.key, question.module),
                            )
                        )
        elsewhere = sorted({f"{run.ecosystem} {run.name}" for run in spoken if (run.ecosystem, run.name) not in inside})
        return Explained(
            flaw=flaw,
            findings=found,
            keys=keys,
            runs=tuple(runs[:_NEAREST]),
            elsewhere=tuple(elsewhere),
        )


def explain_package(
    settings: Settings, target: str, purl: str, *, platform: str = "", progress: Progress | None = None
) -> list[tuple[Package, tuple[str, ...]]]:
    """Return the packages of *target* that *purl* means (a version may be left out), with the detectors that read their file."""
    detectors = DetectorSet(DETECTORS, directory=True)
    indexed = index_target(settings, target, platform=platform, progress=progress or Silent())
    wanted = purl.partition("?")[0]
    return [
        (one, detectors.names_for(one.path.partition("!/")[0]))
        for one in indexed.inventory.packages
        if (plain := one.purl.partition("?")[0]) == wanted or plain.partition("@")[0] == wanted
    ]


def _reason(run: Spoken, key: bytes | None, module: str) -> str:
    if run.status == "not-affected":
        return "the publisher says that this was never affected"
    if run.module != module:
        return f"it is for the module stream {run.module or '(none)'}, the package is of {module or '(none)'}"
    if key is None:
        return "the version cannot be read by its scheme, so nothing can be compared"
    if key < run.low:
        return "the version comes before the first that is affected"
    if run.high is not None and (key > run.high or (key == run.high and not run.inclusive)):
        return f"the version is {'after the last affected' if run.inclusive else 'fixed: ' + run.fix + ' or later'}"
    return "the range holds this version; another record of the same flaw says where it ends, and counts"
