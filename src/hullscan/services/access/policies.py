"""
Policies: documents of Version 1.1 (roles and policies) and 5.0 (identity policies), and what they allow.

Rules (swr-api.md, section 5): nothing is allowed by default, Deny beats Allow, ``*`` and ``?`` in actions and resources,
a condition whose key is not known is not met.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any, Final, Literal

import msgspec

from hullscan.errors import NOT_JSON, InvalidReference

Conditions = dict[str, dict[str, str | list[str]]]


class Statement(msgspec.Struct, frozen=True, rename="pascal", forbid_unknown_fields=True):
    """One statement; without a resource it speaks of all."""

    effect: Literal["Allow", "Deny"]
    action: str | list[str] = []
    not_action: str | list[str] = []
    resource: str | list[str] = []
    not_resource: str | list[str] = []
    condition: Conditions = {}
    sid: str = ""


class Document(msgspec.Struct, frozen=True, rename="pascal", forbid_unknown_fields=True):
    """A policy."""

    version: Literal["1.1", "5.0"]
    statement: list[Statement]
    id: str = ""


_SYSTEM: Final[dict[str, dict[str, Any]]] = {
    "FullAccess": {"Version": "5.0", "Statement": [{"Effect": "Allow", "Action": ["*"]}]},
    "OperateAccess": {
        "Version": "5.0",
        "Statement": [
            {"Effect": "Allow", "Action": ["swr:*"]},
            {"Effect": "Deny", "Action": ["swr:instance:create", "swr:instance:delete"]},
        ],
    },
    "ReadOnlyAccess": {
        "Version": "5.0",
        "Statement": [{"Effect": "Allow", "Action": ["swr:*:get*", "swr:*:list*", "swr:*:show*"]}],
    },
}

SYSTEM_POLICIES: Final = {name: msgspec.convert(document, Document) for name, document in _SYSTEM.items()}
"""SWR's three system policies (usermanual2-swr/swr_02_0404)."""


class Asked(msgspec.Struct, frozen=True):
    """What somebody wants to do: the action, the resource's URN, and the values of condition keys."""

    action: str
    resource: str = "*"
    keys: Mapping[str, str] = {}


def parse_policy(text: str) -> Document:
    """
    Read a policy's JSON.

    Raises:
        InvalidReference: It is none; the text says what is wrong.
    """
    try:
        found = msgspec.json.decode(text, type=Document)
    except NOT_JSON as error:
        raise InvalidReference(f"this is no policy: {error}") from error
    for statement in found.statement:
        if bool(statement.action) == bool(statement.not_action):
            raise InvalidReference("each statement of a policy needs either Action or NotAction")
        for operator in statement.condition:
            if _base(operator)[0] not in _OPERATORS:
                raise InvalidReference(f"the condition operator {operator} is not known: {', '.join(_OPERATORS)}")
    return found


def decide(documents: list[Document], asked: Asked) -> bool:
    """Say whether *documents* together allow what is asked."""
    allowed = False
    for document in documents:
        for statement in document.statement:
            if not _speaks(statement, asked):
                continue
            if statement.effect == "Deny":
                return False
            allowed = True
    return allowed


def decided_by(documents: Mapping[str, Document], asked: Asked) -> str:
    """Return why *documents*, by name, do not allow what is asked."""
    for name, document in documents.items():
        if any(one.effect == "Deny" and _speaks(one, asked) for one in document.statement):
            return f"denied by the policy {name}"
    return f"allowed by none of the policies {', '.join(documents) or '(none is attached)'}"


def policy_text(document: Document) -> str:
    """Return a policy as JSON."""
    return json.dumps(msgspec.to_builtins(document), indent=1)


def _speaks(statement: Statement, asked: Asked) -> bool:
    actions, not_actions = _texts(statement.action), _texts(statement.not_action)
    if actions and not _any_match(actions, asked.action.lower(), lower=True):
        return False
    if not_actions and _any_match(not_actions, asked.action.lower(), lower=True):
        return False
    resources, not_resources = _texts(statement.resource), _texts(statement.not_resource)
    if resources and not _any_match(resources, asked.resource):
        return False
    if not_resources and _any_match(not_resources, asked.resource):
        return False
    return all(
        _holds(operator, asked.keys.get(key), _texts(values))
        for operator, pairs in statement.condition.items()
        for key, values in pairs.items()
    )


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _any_match(patterns: list[str], text: str, *, lower: bool = False) -> bool:
    return any(_wildcard(one.lower() if lower else one).fullmatch(text) for one in patterns)


@lru_cache(maxsize=4_000)
def _wildcard(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _base(operator: str) -> tuple[str, bool]:
    return operator.removesuffix("IfExists"), operator.endswith("IfExists")


def _holds(operator: str, found: str | None, wanted: list[str]) -> bool:
    name, if_exists = _base(operator)
    if found is None:
        # What is not there differs from everything; nothing else can be said of it.
        return if_exists or "Not" in name
    try:
        matches = any(_OPERATORS[name](found, one) for one in wanted)
    except ValueError:
        return False
    return matches != ("Not" in name)


def _in_network(found: str, wanted: str) -> bool:
    return ip_address(found) in ip_network(wanted, strict=False)


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time needs a zone")
    return found


_OPERATORS: Final[dict[str, Callable[[str, str], bool]]] = {
    "StringEquals": lambda found, wanted: found == wanted,
    "StringNotEquals": lambda found, wanted: found == wanted,
    "StringEqualsIgnoreCase": lambda found, wanted: found.lower() == wanted.lower(),
    "StringLike": lambda found, wanted: _wildcard(wanted).fullmatch(found) is not None,
    "StringNotLike": lambda found, wanted: _wildcard(wanted).fullmatch(found) is not None,
    "StringMatch": lambda found, wanted: _wildcard(wanted).fullmatch(found) is not None,
    "StringNotMatch": lambda found, wanted: _wildcard(wanted).fullmatch(found) is not None,
    "Bool": lambda found, wanted: found.lower() == wanted.lower(),
    "IpAddress": _in_network,
    "NotIpAddress": _in_network,
    "DateLessThan": lambda found, wanted: _time(found) < _time(wanted),
    "DateGreaterThan": lambda found, wanted: _time(found) > _time(wanted),
}
"""Operator → whether one wanted value is met; those with Not in their name are turned round for all values together."""
