"""Immutable tags: neither moved nor deleted (swr-api.md, 2.10)."""

from collections.abc import Iterable

import sqlalchemy as sa

from hullscan.errors import ImmutableTag
from hullscan.services.rules.rule import rules_of
from hullscan.store.places.namespaces import NamespaceRow


def immutable_tags(connection: sa.Connection, space: NamespaceRow, repository: str, names: Iterable[str]) -> list[str]:
    """Return those of the tags *names* of a repository that a rule of its namespace makes immutable."""
    rules = [
        one.body
        for one in rules_of(connection, "immutable", space.instance_id, namespace_id=space.id)
        if not one.body.disabled and one.body.takes_repository(repository)
    ]
    return [name for name in names if any(rule.takes_tag(name) for rule in rules)] if rules else []


def refuse_immutable(connection: sa.Connection, space: NamespaceRow, repository: str, names: Iterable[str]) -> None:
    """
    Raises:
        ImmutableTag: A rule holds one of the tags *names* fast.
    """
    held = immutable_tags(connection, space, repository, names)
    if held:
        raise ImmutableTag(
            f"the tag {held[0]} of {space.name}/{repository} is immutable by a rule of its namespace; "
            "push under another tag, or change the rule"
        )
