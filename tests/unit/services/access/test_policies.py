"""What policies allow: Version 1.1 and 5.0, Deny before Allow, wildcards, resources, conditions."""

import json
from typing import Any

import pytest

from hullscan.errors import InvalidReference
from hullscan.services.access.policies import SYSTEM_POLICIES, Asked, decide, decided_by, parse_policy

_REPOSITORY = "swr:local-1:acc:repository:default/team/app"


def _decide(*statements: dict[str, Any], action: str, resource: str = _REPOSITORY, **keys: str) -> bool:
    document = parse_policy(json.dumps({"Version": "5.0", "Statement": list(statements)}))
    return decide([document], Asked(action, resource, {key.replace("_", ":"): value for key, value in keys.items()}))


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([{"Effect": "Allow", "Action": ["swr:repository:getArtifact"]}], True),
        ([{"Effect": "Allow", "Action": "swr:repository:get*"}], True),
        ([{"Effect": "Allow", "Action": ["SWR:Repository:GETARTIFACT"]}], True),
        ([{"Effect": "Allow", "Action": ["swr:instance:*"]}], False),
        ([{"Effect": "Allow", "NotAction": ["swr:instance:*"]}], True),
        ([{"Effect": "Allow", "Action": ["*"]}, {"Effect": "Deny", "Action": ["swr:*:getArtifact"]}], False),
        ([{"Effect": "Allow", "Action": ["*"], "Resource": ["swr:*:*:repository:default/team/*"]}], True),
        ([{"Effect": "Allow", "Action": ["*"], "Resource": ["swr:*:*:repository:default/other/*"]}], False),
        ([{"Effect": "Allow", "Action": ["*"], "NotResource": ["swr:*:*:repository:default/team/*"]}], False),
        ([{"Effect": "Allow", "Action": ["*"], "Condition": {"StringEquals": {"g:UserName": ["me", "you"]}}}], True),
        ([{"Effect": "Allow", "Action": ["*"], "Condition": {"StringEquals": {"g:UserName": ["you"]}}}], False),
        ([{"Effect": "Allow", "Action": ["*"], "Condition": {"StringNotEquals": {"g:UserName": ["you"]}}}], True),
        ([{"Effect": "Allow", "Action": ["*"], "Condition": {"StringEquals": {"g:Unknown": ["x"]}}}], False),
        ([{"Effect": "Allow", "Action": ["*"], "Condition": {"StringEqualsIfExists": {"g:Unknown": ["x"]}}}], True),
        ([{"Effect": "Allow", "Action": ["*"], "Condition": {"IpAddress": {"g:SourceIp": "10.0.0.0/8"}}}], True),
        ([{"Effect": "Allow", "Action": ["*"], "Condition": {"NotIpAddress": {"g:SourceIp": "10.0.0.0/8"}}}], False),
        ([{"Effect": "Allow", "Action": ["*"], "Condition": {"StringLike": {"g:ResourceTag/team": "r?d*"}}}], True),
    ],
)
def test_decisions(statements: list[dict[str, Any]], allowed: bool) -> None:
    """Nothing is allowed by default; each part of a statement narrows it."""
    document = parse_policy(json.dumps({"Version": "5.0", "Statement": statements}))
    keys = {"g:UserName": "me", "g:SourceIp": "10.1.2.3", "g:ResourceTag/team": "red"}

    assert decide([document], Asked("swr:repository:getArtifact", _REPOSITORY, keys)) is allowed


@pytest.mark.parametrize(
    ("policy", "reads", "writes", "makes_instances"),
    [
        ("FullAccess", True, True, True),
        ("OperateAccess", True, True, False),
        ("ReadOnlyAccess", True, False, False),
    ],
)
def test_the_systems_policies(policy: str, reads: bool, writes: bool, makes_instances: bool) -> None:
    """As SWR's table has them (swr-api.md, section 5)."""
    documents = [SYSTEM_POLICIES[policy]]

    assert decide(documents, Asked("swr:repository:listArtifacts")) is reads
    assert decide(documents, Asked("swr:repository:deleteArtifact")) is writes
    assert decide(documents, Asked("swr:instance:create")) is makes_instances


def test_version_1_1_is_read_too() -> None:
    """The sample of SWR's documentation."""
    text = '{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["swr:repository:getNamespace"]}]}'

    assert decide([parse_policy(text)], Asked("swr:repository:getNamespace"))


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        '{"Version":"2012-10-17","Statement":[]}',
        '{"Version":"5.0","Statement":[{"Effect":"Maybe","Action":["*"]}]}',
        '{"Version":"5.0","Statement":[{"Effect":"Allow"}]}',
        '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["*"],"NotAction":["*"]}]}',
        '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["*"],"Conditions":{}}]}',
        '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["*"],"Condition":{"Looks":{"a":"b"}}}]}',
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    """A misspelt field must not mean more rights than its author thought."""
    with pytest.raises(InvalidReference):
        parse_policy(text)


def test_why_not() -> None:
    """The one who may read it learns which policy said no."""
    documents = {"mine": parse_policy('{"Version":"5.0","Statement":[{"Effect":"Deny","Action":["*"]}]}')}

    assert decided_by(documents, Asked("swr:instance:get")) == "denied by the policy mine"
    assert "none is attached" in decided_by({}, Asked("swr:instance:get"))
