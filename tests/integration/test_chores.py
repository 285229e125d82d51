"""What a server does from time to time: once in a period, whoever restarts, and by one server of several."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from hullscan.services.access.first_start import first_start
from hullscan.services.context import Context, now
from hullscan.services.upkeep.chores import Chore, chores, do_if_due, forget_history
from hullscan.settings import Settings
from hullscan.store.access.accounts import instances
from hullscan.store.database import reading, writing
from hullscan.store.rules.audit import Act, list_acts, note_acts
from hullscan.store.rules.runs import add_part, add_run, end_run, list_parts, list_runs, take_run

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_DAY = timedelta(days=1)


def test_a_chore_is_done_once_a_period(context: Context) -> None:
    """The first look only begins to count; restarts and second servers find in the store when it was done."""
    done: list[str] = []
    times = {
        "the first look": _NOON,
        "too early": _NOON + timedelta(hours=23),
        "due": _NOON + _DAY,
        "another server, a moment later": _NOON + _DAY + timedelta(minutes=1),
        "due again": _NOON + 3 * _DAY,
    }
    for name, at in times.items():
        # A new Chore each time, as a restarted server has.
        do_if_due(context, Chore(name="sweep", period=_DAY, work=partial(_note, done, name)), at)
    assert done == ["due", "due again"]


def test_a_clock_set_right_does_not_put_a_chore_off(context: Context) -> None:
    """The last time lies in a future that was none."""
    done: list[datetime] = []
    chore = Chore(name="sweep", period=_DAY, work=lambda _: done.append(now()))
    do_if_due(context, chore, _NOON + 3650 * _DAY)
    do_if_due(context, chore, _NOON)
    assert len(done) == 1


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({}, {"gc", "feeds", "history"}),
        ({"HULLSCAN_GC_HOURS": "0", "HULLSCAN_HISTORY_DAYS": "0"}, {"feeds"}),
        ({"HULLSCAN_FEED_REFRESH_HOURS": "0"}, {"gc", "history"}),
    ],
)
def test_settings_say_what_is_done(variables: dict[str, str], names: set[str]) -> None:
    """0 is never."""
    assert {chore.name for chore in chores(Settings.from_environment(variables))} == names


def test_history_is_forgotten_after_its_time(context: Context) -> None:
    """Old acts and runs that are over go; new ones, and those that wait or are under way, stay."""
    instance = _instance(context)
    old, new = now() - 400 * _DAY, now() - 300 * _DAY
    with writing(context.engine) as connection:
        note_acts(connection, [_act(instance, f"old-{number}", old) for number in range(2_500)])
        note_acts(connection, [_act(instance, "new", new)])
        over = [_finished(connection, instance, at) for at in (old, new)]
        waiting = add_run(connection, "webhook", instance, None, "manual", b"{}", old)
    forget_history(context)
    with reading(context.engine) as connection:
        acts, total = list_acts(connection, instance, "pull", offset=0, limit=10)
        runs = [run.id for run in list_runs(connection, "webhook", instance, limit=10)]
        parts = [list_parts(connection, run, None, limit=10) for run in over]
    assert ([act.resource for act in acts], total) == (["new"], 1)
    assert runs == [waiting, over[1]]
    assert [len(one) for one in parts] == [0, 1]


def _note(done: list[str], name: str, _: Context) -> None:
    done.append(name)


def _instance(context: Context) -> str:
    first_start(context)
    with reading(context.engine) as connection:
        return instances(connection)[0].id


def _act(instance: str, resource: str, at: datetime) -> Act:
    return Act(instance_id=instance, operation="pull", resource_type="artifact", resource=resource, username="u", at=at)


def _finished(connection: sa.Connection, instance: str, at: datetime) -> int:
    add_run(connection, "webhook", instance, None, "manual", b"{}", at)
    taken = take_run(connection, at, _DAY)
    assert taken is not None
    add_part(connection, taken.id, None, "Succeed", b"{}", at)
    end_run(connection, taken.id, "Succeed", "", b"{}", at)
    return taken.id
