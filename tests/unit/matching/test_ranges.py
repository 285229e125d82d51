"""Ranges as runs of keys. Rule: OSV schema, "Evaluation"."""

import pytest

from hullscan.matching.ranges import holds, segments
from hullscan.model.advisory import AffectedPackage, AffectedRange, Event, Status
from hullscan.versions.dpkg import Dpkg

_DPKG = Dpkg()


def _affected(*events: str, versions: tuple[str, ...] = (), **more: object) -> AffectedPackage:
    made = tuple(Event(kind=one.split("=")[0], version=one.split("=")[1]) for one in events)
    ranges = (AffectedRange(events=made),) if made else ()
    return AffectedPackage(ecosystem="Debian:12", name="x", ranges=ranges, versions=versions, **more)  # type: ignore[arg-type]


def _fix(affected: AffectedPackage, version: str) -> str | None:
    """The fix shown for *version*, None if it is not affected."""
    held = [run for run in segments(affected, _DPKG) if holds(run, _DPKG.key(version))]
    return held[0].fix if held else None


@pytest.mark.parametrize(
    ("events", "version", "fix"),
    [
        (("introduced=0", "fixed=2-1"), "1-1", "2-1"),
        (("introduced=0", "fixed=2-1"), "2-1", None),
        (("fixed=2-1", "introduced=0"), "1-1", "2-1"),
        (("introduced=0",), "9-1", ""),
        (("introduced=1-1", "last_affected=2-1"), "2-1", ""),
        (("introduced=1-1", "last_affected=2-1"), "2-1+b1", None),
        (("introduced=1-1", "last_affected=2-1"), "0-1", None),
        (("introduced=0", "limit=2-1"), "1-1", ""),
        (("introduced=0", "limit=2-1"), "3-1", None),
        (("introduced=0", "limit=*"), "3-1", ""),
        (("introduced=0", "fixed=1-5", "introduced=2-1", "fixed=2-5"), "1-1", "1-5"),
        (("introduced=0", "fixed=1-5", "introduced=2-1", "fixed=2-5"), "1-9", None),
        (("introduced=2-1", "introduced=0", "fixed=2-5", "fixed=1-5"), "2-2", "2-5"),
        (("fixed=2-1",), "1-1", "2-1"),
    ],
)
def test_evaluation(events: tuple[str, ...], version: str, fix: str | None) -> None:
    """Events in any order; the fix is the one that ends the run holding the version."""
    assert _fix(_affected(*events), version) == fix


def test_listed_versions_are_exact() -> None:
    """A version that is listed is affected; its neighbours are not."""
    affected = _affected(versions=("1-1", "1-3"))

    assert [_fix(affected, version) for version in ("1-1", "1-2", "1-3")] == ["", None, ""]


def test_a_listed_text_that_is_no_version_leaves_the_rest() -> None:
    """One odd text among the versions spoils nothing (disagreements.md, 7)."""
    affected = _affected("introduced=0", "fixed=2-1", versions=("0.1_bulbasaur", "1-1"))

    assert _fix(affected, "1-1") == "2-1"


def test_an_unreadable_fix_is_not_reached() -> None:
    """Nobody can say where the run ends: undetermined, from its start on."""
    (run,) = segments(_affected("introduced=1-1", "fixed=see_notes"), _DPKG)

    assert (run.status, holds(run, _DPKG.key("9-1")), holds(run, _DPKG.key("0-1"))) == (
        Status.UNDETERMINED,
        True,
        False,
    )


def test_never_affected_is_a_word_too() -> None:
    """Alpine's fixed version 0."""
    (run,) = segments(_affected(not_affected=True), _DPKG)

    assert run.status is Status.NOT_AFFECTED


def test_end_of_life_is_no_answer() -> None:
    """Debian's urgency end-of-life: the publisher does not look into it any more."""
    (run,) = segments(_affected("introduced=0", urgency="end-of-life"), _DPKG)

    assert run.status is Status.UNDETERMINED


def test_an_entry_without_versions_clears_none() -> None:
    """No range and no list: nobody can say which versions its publisher meant."""
    (run,) = segments(_affected(), _DPKG)

    assert (run.status, holds(run, _DPKG.key("1-1"))) == (Status.UNDETERMINED, True)
