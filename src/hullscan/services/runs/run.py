"""
Runs: what rules do, one at a time, by the server's worker.

A run is a lease as a scan is: a server that dies lets it run out, and another begins it anew; what it does may be done
twice without harm.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final

import msgspec
import structlog

from hullscan.errors import HullscanError, NotFound
from hullscan.services.context import Context, now
from hullscan.services.peers import replication
from hullscan.services.rules.rule import get_rule
from hullscan.services.runs import image_signing, retention
from hullscan.services.runs.delivery import deliver
from hullscan.services.upkeep.collect import collect
from hullscan.services.upkeep.status import endpoint_host
from hullscan.store.artifacts.artifact_rows import list_artifacts
from hullscan.store.database import reading, writing
from hullscan.store.places.namespaces import NamespaceRow, find_namespace
from hullscan.store.places.repositories import list_repositories
from hullscan.store.rules.runs import RunRow, add_part, end_run, is_stopped, is_waiting, take_run

_LEASE: Final = timedelta(minutes=30)

_log = structlog.get_logger()


def run_next_rule(context: Context) -> bool:
    """Take one waiting run and do it; False if there is none."""
    with reading(context.engine) as connection:
        if not is_waiting(connection, now()):
            return False
    with writing(context.engine) as connection:
        run = take_run(connection, now(), _LEASE)
    if run is None:
        return False
    if run.kind == "webhook":
        deliver(context, run)
        return True
    try:
        status, text, body = _WORK[run.kind](context, run)
    except HullscanError as error:
        status, text, body = "Failed", str(error), msgspec.json.decode(run.body)
    with writing(context.engine) as connection:
        end_run(connection, run.id, status, text, msgspec.json.encode(body), now())
    _log.info("rule run", kind=run.kind, run=run.id, status=status)
    return True


Outcome = tuple[str, str, dict[str, Any]]
"""Status, why it failed, and the run's body as it is kept."""


def _retain(context: Context, run: RunRow) -> Outcome:
    rule = get_rule(context, "retention", run.instance_id, run.rule_id or 0)
    asked = msgspec.json.decode(run.body)
    dry_run = bool(asked.get("dry_run"))
    space = _space(context, run.instance_id, rule.row.namespace)
    failed = 0
    for kept in retention.plan(context, space, rule.body):
        if _stopped(context, run):
            return "Stopped", "", asked
        outcomes = [
            (one, "" if dry_run else retention.remove(context, space, kept, one, username=rule.row.creator))
            for one in kept.doomed
        ]
        failed += sum(1 for _, problem in outcomes if problem)
        body = {
            "repository": kept.repository.name,
            "total": kept.total,
            "retained": kept.total - sum(1 for _, problem in outcomes if not problem),
        }
        subtasks = [
            (
                "Failed" if problem else "Succeed",
                {
                    "namespace": space.name,
                    "repository": kept.repository.name,
                    "tag": ",".join(tag.name for tag in one.tags),
                    "digest": one.digest,
                    "action": "DEL",
                    "status_text": problem,
                },
            )
            for one, problem in outcomes
        ]
        _record(context, run, body, subtasks)
    return ("Failed", f"{failed} artifacts could not be removed", asked) if failed else ("Succeed", "", asked)


def _sign(context: Context, run: RunRow) -> Outcome:
    rule = get_rule(context, "signature", run.instance_id, run.rule_id or 0)
    space = _space(context, run.instance_id, rule.row.namespace)
    scopes = rule.body.scope_rules
    counts = {"total": 0, "succeed": 0, "failed": 0}
    with reading(context.engine) as connection:
        repositories = list_repositories(connection, run.instance_id, namespace_id=space.id, order="name")
    for repository in repositories:
        with reading(context.engine) as connection:
            artifacts = list_artifacts(connection, repository_id=repository.id)
        subtasks = []
        for one in artifacts:
            names = [tag.name for tag in one.tags]
            if one.accessory_of or not names:
                continue
            if scopes and not any(
                scope.takes_repository(repository.name) and any(scope.takes_tag(name) for name in names)
                for scope in scopes
            ):
                continue
            problem = ""
            try:
                image_signing.sign(
                    context,
                    space,
                    repository,
                    one.digest,
                    key=rule.body.signature_key,
                    algorithm=rule.body.signature_algorithm,
                    host=endpoint_host(context),
                    username=rule.row.creator,
                )
            except HullscanError as error:
                problem = str(error)
            counts["total"] += 1
            counts["failed" if problem else "succeed"] += 1
            body = {
                "namespace": space.name,
                "repository": repository.name,
                "tags": ",".join(names),
                "digest": one.digest,
                "status_text": problem,
            }
            subtasks.append(("Failed" if problem else "Succeed", body))
        if subtasks:
            _record(context, run, {"namespace": space.name, "repository": repository.name}, subtasks)
    return _counted(counts)


def _replicate(context: Context, run: RunRow) -> Outcome:
    rule = get_rule(context, "replication", run.instance_id, run.rule_id or 0)
    policy = rule.body
    other = get_rule(context, "registry", run.instance_id, policy.dest_registry.id or policy.src_registry.id)
    counts = {"total": 0, "succeed": 0, "failed": 0}
    with replication.open_peer(context, other) as peer:
        by_repository: dict[tuple[str, str], list[replication.Copy]] = {}
        for one in replication.copies(context, run.instance_id, policy, peer):
            by_repository.setdefault((one.source, one.target), []).append(one)
        for (source, target), wanted in by_repository.items():
            subtasks = []
            for one in wanted:
                if _stopped(context, run):
                    return "Stopped", "", counts
                problem, digest = "", ""
                try:
                    digest = replication.copy(context, run.instance_id, policy, peer, one)
                except HullscanError as error:
                    problem = str(error)
                counts["total"] += 1
                counts["failed" if problem else "succeed"] += 1
                space, _, name = source.partition("/")
                body = {
                    "namespace": space,
                    "repository": name,
                    "tag": one.tag,
                    "digest": digest,
                    "status_text": problem,
                }
                subtasks.append(("Failed" if problem else "Succeed", body))
            _record(context, run, {"src_resource": source, "dst_resource": target}, subtasks)
    return _counted(counts)


def _collect(context: Context, run: RunRow) -> Outcome:
    asked = msgspec.json.decode(run.body)
    if run.rule_id:
        asked = msgspec.to_builtins(get_rule(context, "gc", run.instance_id, run.rule_id).body.parameters)
    done = collect(
        context,
        untagged=timedelta(0) if asked.get("delete_untagged") else None,
        dry_run=bool(asked.get("dry_run")),
    )
    body = {
        **asked,
        "purged_blobs": done.files,
        "purged_manifests": done.artifacts,
        "freed_space": done.freed_bytes,
    }
    return "Succeed", "", body


_WORK: Final[dict[str, Callable[[Context, RunRow], Outcome]]] = {
    "retention": _retain,
    "signature": _sign,
    "replication": _replicate,
    "gc": _collect,
}


def _counted(counts: dict[str, int]) -> Outcome:
    failed = counts["failed"]
    return ("Failed" if failed else "Succeed", f"{failed} of {counts['total']} failed" if failed else "", counts)


def _space(context: Context, instance_id: str, name: str) -> NamespaceRow:
    with reading(context.engine) as connection:
        found = find_namespace(connection, instance_id, name)
    if found is None:
        raise NotFound(f"namespace {name} is gone")
    return found


def _stopped(context: Context, run: RunRow) -> bool:
    with reading(context.engine) as connection:
        return is_stopped(connection, run.id)


def _record(
    context: Context, run: RunRow, task: dict[str, Any], subtasks: Iterable[tuple[str, dict[str, Any]]]
) -> None:
    parts = list(subtasks)
    status = "Failed" if any(state == "Failed" for state, _ in parts) else "Succeed"
    at = now()
    with writing(context.engine) as connection:
        number = add_part(connection, run.id, None, status, msgspec.json.encode(task), at)
        for state, body in parts:
            add_part(connection, run.id, number, state, msgspec.json.encode(body), at)
