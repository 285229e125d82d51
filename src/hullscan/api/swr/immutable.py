"""Immutable tag rules (swr-api.md, 2.10)."""

from functools import partial
from typing import Any, Final

import msgspec

from hullscan.api.swr import rules
from hullscan.api.swr.operation import Call, Operation
from hullscan.services.rules.rule import Rule

_BASE: Final = "/v2/{project_id}/instances/{instance_id}"
_OF_NAMESPACE: Final = _BASE + "/namespaces/{namespace_name}/immutabletagrules"
_ONE: Final = _OF_NAMESPACE + "/{immutable_rule_id}"
_KIND: Final = "immutable"


def _fields(rule: Rule) -> dict[str, Any]:
    return {**msgspec.to_builtins(rule.body), **rules.place(rule)}


def _list(call: Call) -> Any:
    return rules.listed(call, _KIND, "immutable_rules", _fields)


_RULE_BODY: Final = ("priority", "disabled", "action", "template", "tag_selectors", "scope_selectors")

OPERATIONS: Final = (
    Operation(
        name="CreateImmutableRule",
        method="POST",
        path=_OF_NAMESPACE,
        action="swr:repository:createImmutableRule",
        body=_RULE_BODY,
        handle=partial(rules.create, kind=_KIND),
        status=201,
    ),
    Operation(
        name="ListImmutableRules",
        method="GET",
        path=_BASE + "/immutabletagrules",
        action="swr:repository:listImmutableRules",
        query=("namespace_id", "offset", "limit"),
        handle=_list,
    ),
    Operation(
        name="UpdateImmutableRule",
        method="PUT",
        path=_ONE,
        action="swr:repository:updateImmutableRule",
        body=_RULE_BODY,
        handle=partial(rules.update, kind=_KIND, parameter="immutable_rule_id"),
    ),
    Operation(
        name="DeleteImmutableRule",
        method="DELETE",
        path=_ONE,
        action="swr:repository:deleteImmutableRule",
        handle=partial(rules.delete, kind=_KIND, parameter="immutable_rule_id"),
        status=204,
    ),
)
