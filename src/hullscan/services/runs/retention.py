"""
Retention: of the repositories that a policy's rules name, what no rule keeps goes.

As Harbor does it (`pkg/retention`): a rule first takes the artifacts whose tags it selects (untagged ones too, unless
its selector's extras say ``{"untagged": false}`` or it excludes), then keeps some of these by its template; what any
rule keeps stays, with all its tags. What an index names, what hangs on another artifact, and what an immutable tag
holds is never removed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hullscan.errors import HullscanError
from hullscan.model.rules import RetentionPolicy, RetentionRule
from hullscan.services.artifacts.removal import delete_artifact
from hullscan.services.context import Context, now
from hullscan.services.rules.immutability import immutable_tags
from hullscan.store.artifacts.artifact_rows import ArtifactRow, children_of_indexes, list_artifacts
from hullscan.store.database import reading
from hullscan.store.places.namespaces import NamespaceRow
from hullscan.store.places.repositories import RepositoryRow, list_repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a policy means for one repository."""

    repository: RepositoryRow
    total: int
    doomed: tuple[ArtifactRow, ...]


def plan(context: Context, space: NamespaceRow, policy: RetentionPolicy) -> list[Kept]:
    """Return what *policy* would remove, repository by repository; those that no rule names are not listed."""
    at = now()
    rules = [rule for rule in policy.rules if not rule.disabled]
    plans = []
    with reading(context.engine) as connection:
        for repository in list_repositories(connection, space.instance_id, namespace_id=space.id, order="name"):
            mine = [rule for rule in rules if rule.takes_repository(repository.name)]
            if not mine:
                continue
            held = children_of_indexes(connection, repository.id)
            candidates = [
                one
                for one in list_artifacts(connection, repository_id=repository.id)
                if not one.accessory_of and one.digest not in held
            ]
            kept = {one.id for rule in mine for one in keep(rule, candidates, at)}
            doomed = tuple(
                one
                for one in candidates
                if one.id not in kept
                and not immutable_tags(connection, space, repository.name, [tag.name for tag in one.tags])
            )
            plans.append(Kept(repository=repository, total=len(candidates), doomed=doomed))
    return plans


def keep(rule: RetentionRule, artifacts: Sequence[ArtifactRow], at: datetime) -> list[ArtifactRow]:
    """Return those of *artifacts* that *rule* keeps."""
    selected = [one for one in artifacts if _selects(rule, one)]
    number = rule.number
    if rule.template == "latestPushedK":
        return sorted(selected, key=lambda one: (one.push_time, one.id), reverse=True)[:number]
    if rule.template == "latestPulledN":
        never = datetime.min.replace(tzinfo=at.tzinfo)
        return sorted(selected, key=lambda one: (one.pull_time or never, one.id), reverse=True)[:number]
    since = at - timedelta(days=number)
    if rule.template == "nDaysSinceLastPush":
        return [one for one in selected if one.push_time >= since]
    # What was just pushed and never pulled is new, not forgotten.
    return [one for one in selected if (one.pull_time or one.push_time) >= since]


def remove(context: Context, space: NamespaceRow, kept: Kept, artifact: ArtifactRow, *, username: str) -> str:
    """Remove one artifact of a plan; returns why not, or "" if it is gone."""
    try:
        delete_artifact(context, space, kept.repository, artifact.digest, username=username)
    except HullscanError as error:
        return str(error)
    return ""


def _selects(rule: RetentionRule, artifact: ArtifactRow) -> bool:
    if not artifact.tags:
        return all(_takes_untagged(one.decoration, one.extras) for one in rule.tag_selectors)
    return any(rule.takes_tag(tag.name) for tag in artifact.tags)


def _takes_untagged(decoration: str, extras: str) -> bool:
    try:
        told = json.loads(extras) if extras else {}
    except ValueError:
        told = {}
    default = not decoration.endswith("xcludes")
    return bool(told.get("untagged", default)) if isinstance(told, dict) else default
