"""Rules, runs, people and fleets on both databases, without a server."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from builders import DEBIAN_12, make_image, make_layer, osv_record, status, write_feed
from hullscan.errors import Conflict, NotAuthenticated, NotFound
from hullscan.services.access import people
from hullscan.services.access.accounts import Accounts
from hullscan.services.access.credentials import issue, list_for, switch, withdraw
from hullscan.services.context import Context, now
from hullscan.services.reports import fleet
from hullscan.services.rules.rule import (
    delete_rule,
    get_rule,
    read_body,
    rules_of,
    start_due,
    start_run,
    update_rule,
)
from hullscan.services.runs.run import run_next_rule
from hullscan.services.upkeep.collect import collect
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.store.database import reading, writing
from hullscan.store.places.resource_tags import all_tags, drop_tags, put_tags, resource_tags
from hullscan.store.places.usage import held_bytes, usage
from hullscan.store.rules.audit import list_acts
from hullscan.store.rules.runs import list_parts, list_runs
from hullscan.store.tables.rules import rule
from world import World

_ALL = {
    "tag_selectors": [{"pattern": "**"}],
    "scope_selectors": {"repository": [{"pattern": "**", "decoration": "repoMatches"}]},
}


@pytest.fixture
def world(context: Context) -> World:
    """See `World`; on each database."""
    return World(context)


def test_rules_are_kept_changed_and_run_by_schedule(world: World) -> None:
    """A retention policy whose time has come removes what it does not keep, and says so task by task."""
    for number in range(3):
        world.push("app", make_layer({"n": str(number).encode()}), f"t{number}")
    body = {
        "name": "one",
        "rules": [{"template": "latestPushedK", "params": {"latestPushedK": 1}, **_ALL}],
        "trigger": {"type": "scheduled", "trigger_settings": {"cron": "0 0 * * * *"}},
    }
    number = world.rule("retention", body)
    with pytest.raises(Conflict):
        world.rule("retention", body)
    assert start_due(world.context) == 0
    with writing(world.context.engine) as connection:
        connection.execute(sa.update(rule).where(rule.c.id == number).values(next_run_at=now() - timedelta(hours=1)))

    assert start_due(world.context) == 1
    assert run_next_rule(world.context)
    assert not run_next_rule(world.context)

    with reading(world.context.engine) as connection:
        run = list_runs(connection, "retention", world.instance, rule_id=number, limit=1)[0]
        task = list_parts(connection, run.id, None, limit=1)[0]
        removed = list_parts(connection, run.id, task.id, limit=10)
        assert usage(connection, world.instance).artifacts == 1
        acts, total = list_acts(connection, world.instance, "delete", offset=0, limit=10)
    assert (run.status, run.trigger, json.loads(task.body)["retained"], len(removed)) == ("Succeed", "scheduled", 1, 2)
    assert (total, {one.username for one in acts}) == (2, {"me"})
    known = get_rule(world.context, "retention", world.instance, number)
    assert known.row.next_run_at is not None and known.row.next_run_at > now()
    update_rule(world.context, known, read_body("retention", {**body, "name": "renamed", "enabled": False}))
    with reading(world.context.engine) as connection:
        listed = rules_of(connection, "retention", world.instance, contains="name")
    assert [one.row.next_run_at for one in listed] == [None]
    delete_rule(world.context, known)
    with pytest.raises(NotFound):
        get_rule(world.context, "retention", world.instance, number)


def test_collection_and_usage(world: World) -> None:
    """As a run that the API asks for; each blob counts once in its namespace."""
    layer = make_layer({"etc/os-release": DEBIAN_12})
    world.push("a", layer, "1")
    world.push("b", layer, "1")
    start_run(world.context, "gc", world.instance, None, body={"dry_run": True, "workers": 1})

    assert run_next_rule(world.context)
    with reading(world.context.engine) as connection:
        run = list_runs(connection, "gc", world.instance, limit=1)[0]
        _, blobs = make_image([layer])
        assert held_bytes(connection, world.space.id) == sum(len(data) for data in blobs.values())
    assert run.status == "Succeed" and json.loads(run.body)["purged_blobs"] == 0
    assert collect(world.context, grace=timedelta(0)).files == 0


def test_people_and_credentials(world: World) -> None:
    """Users by groups and policies; credentials that are switched off; tags on resources."""
    context, project = world.context, str(world.ids["project_id"])
    password = people.create_user(context, "ci")
    people.create_group(context, "builders")
    people.set_member(context, "builders", "ci", member=True)
    people.attach_policy(context, "ReadOnlyAccess", project="local-1", group="builders")
    caller = Accounts(context).by_password("ci", password)
    assert caller.may("swr:repository:getArtifact", project) and not caller.may(
        "swr:repository:deleteArtifact", project
    )
    issued = issue(context, world.instance, caller, name="robot")
    assert Accounts(context).by_credential(caller.user_id, issued.token).name == "ci"
    switch(context, world.instance, issued.row.id, caller, enabled=False)
    with pytest.raises(NotAuthenticated):
        Accounts(context).by_credential(caller.user_id, issued.token)
    withdraw(context, world.instance, issued.row.id, caller)
    assert list_for(context, world.instance, caller, self_only=True) == []
    people.set_member(context, "builders", "ci", member=False)
    assert not Accounts(context).by_password("ci", password).belongs_to(project)
    people.put_policy(context, "mine", '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["swr:*"]}]}')
    people.attach_policy(context, "mine", project="local-1", user="ci")
    assert Accounts(context).by_password("ci", password).may("swr:repository:deleteArtifact", project)
    people.delete_policy(context, "mine")
    people.delete_user(context, "ci")
    people.delete_group(context, "builders")
    assert [one["name"] for one in people.overview(context)["users"]] == ["admin"]
    with writing(context.engine) as connection:
        put_tags(connection, project, "instances", world.instance, {"team": "red", "stage": "test"})
        drop_tags(connection, project, "instances", world.instance, ["stage"])
        assert resource_tags(connection, project, "instances", world.instance) == [("team", "red")]
        assert all_tags(connection, project, "instances") == {world.instance: {"team": "red"}}


def test_a_fleet_follows_its_feeds(world: World, tmp_path: Path) -> None:
    """An advisory that appears is a change of exactly those that hold the package; one that goes is a fix."""
    digests = [
        world.push("app", make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status(one)}), one[-1])
        for one in ("lib 1", "lib 2")
    ]
    began = now()
    write_feed(tmp_path, [osv_record("CVE-2099-0001", "lib", "fixed=2")])
    refresh_feeds(world.context, str(tmp_path))
    while fleet.follow_feeds(world.context):
        pass
    write_feed(tmp_path, [osv_record("CVE-2099-0001", "lib", "fixed=1")])
    refresh_feeds(world.context, str(tmp_path))
    while fleet.follow_feeds(world.context):
        pass

    moved = [(one.digest, one.kind) for one in fleet.changes(world.context, began) if one.flaw == "CVE-2099-0001"]
    assert moved == [(digests[0], "added"), (digests[0], "fixed")]
    assert [one.place.tags for one in fleet.with_package(world.context, "lib", below="2")] == [("1",)]
    assert list(fleet.with_flaw(world.context, "CVE-2099-0001")) == []
    assert fleet.top_fixes(world.context) == []
    found = fleet.difference(world.context, *digests)
    assert (len(found.packages_added), len(found.packages_removed)) == (1, 1)
