"""
What an instance can be told to do, as SWR's bodies say it (swr-api.md, 2.8 and 2.10; the official SDK's models).

All are msgspec structs: `msgspec.convert` of a body says which field is wrong and how.
"""

import re
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, field

PolicyName = Annotated[str, Meta(pattern=r"^[\w\-]{1,256}$")]
"""Letters of any script, digits, ``_`` and ``-``."""


class Selector(Struct, frozen=True, omit_defaults=False):
    """A pattern for repositories or tags; `extras` is reserved, and JSON ``{"untagged": false}`` for tags."""

    pattern: Annotated[str, Meta(max_length=512)]
    kind: Literal["doublestar"] = "doublestar"
    decoration: Literal["matches", "excludes", "repoMatches", "repoExcludes"] = "matches"
    extras: str = ""

    def selects(self, name: str) -> bool:
        """Say whether the pattern, turned round by `decoration`, takes *name*."""
        return bool(_compiled(self.pattern).fullmatch(name)) != self.decoration.endswith("xcludes")


class Scope(Struct, frozen=True):
    """Which tags of which repositories; an absent selector takes all."""

    tag_selectors: list[Selector] = field(default_factory=list)
    scope_selectors: dict[str, list[Selector]] = field(default_factory=dict)
    repo_scope_mode: str = "regular"

    def takes_repository(self, name: str) -> bool:
        """Say whether the repository *name* (without its namespace) is meant."""
        return all(one.selects(name) for one in self.scope_selectors.get("repository", ()))

    def takes_tag(self, name: str) -> bool:
        """Say whether the tag *name* is meant."""
        return all(one.selects(name) for one in self.tag_selectors)


class TriggerSettings(Struct, frozen=True):
    """When a scheduled rule runs: a cron line of six fields, seconds first, in UTC."""

    cron: str = ""


class Trigger(Struct, frozen=True):
    """What makes a rule run."""

    type: Literal["manual", "scheduled", "event_based"] = "manual"
    trigger_settings: TriggerSettings | None = None


class ImmutableRule(Scope, frozen=True):
    """Tags that may be neither moved nor deleted."""

    priority: int = 0
    disabled: bool = False
    action: Literal["immutable"] = "immutable"
    template: Literal["immutable_template"] = "immutable_template"


RetentionTemplate = Literal["latestPulledN", "latestPushedK", "nDaysSinceLastPush", "nDaysSinceLastPull"]


class RetentionRule(Scope, frozen=True, kw_only=True):
    """What a retention policy keeps; `params` holds the number under the template's own name."""

    template: RetentionTemplate
    params: dict[str, Any] = field(default_factory=dict)
    priority: int = 0
    disabled: bool = False
    action: Literal["retain"] = "retain"

    def __post_init__(self) -> None:
        """Refuse a rule that does not say how much it keeps: it would keep nothing."""
        if self.number < 0:
            raise ValueError(f"params must hold {self.template}: a whole number of at least 0")

    @property
    def number(self) -> int:
        """The template's number, a JSON number or text; -1 if there is none."""
        told = self.params.get(self.template)
        if isinstance(told, bool) or not isinstance(told, int | float | str):
            return -1
        text = str(told)
        return int(text) if text.isdecimal() else -1


class RetentionPolicy(Struct, frozen=True):
    """What of a namespace is kept; the rest of the repositories that its rules name goes."""

    name: PolicyName
    rules: Annotated[list[RetentionRule], Meta(min_length=1)]
    algorithm: Literal["or"] = "or"
    enabled: bool = True
    trigger: Trigger = Trigger()


class SignaturePolicy(Struct, frozen=True):
    """Which artifacts are signed, with which key."""

    name: PolicyName
    signature_key: Annotated[str, Meta(min_length=1)]
    description: str = ""
    enabled: bool = True
    signature_method: Literal["KMS"] = "KMS"
    signature_algorithm: Literal["ECDSA_SHA_256", "ECDSA_SHA_384"] = "ECDSA_SHA_256"
    trigger: Trigger = Trigger()
    scope_rules: list[Scope] = field(default_factory=list)


class Credential(Struct, frozen=True):
    """How to log in to another registry."""

    type: Literal["basic"] = "basic"
    access_key: str = ""
    access_secret: str = ""


class DnsConf(Struct, frozen=True):
    """Addresses of host names."""

    hosts: dict[str, str] = field(default_factory=dict)


class Registry(Struct, frozen=True):
    """Another registry; in the store the secret is sealed."""

    name: Annotated[str, Meta(pattern=r"^[\w\-]{1,64}$")]
    url: Annotated[str, Meta(min_length=1)]
    description: str = ""
    type: Literal["swr-pro", "swr-pro-internal", "huawei-SWR"] = "swr-pro"
    project_id: str = ""
    region_id: str = ""
    instance_id: str = ""
    credential: Credential = Credential()
    dns_conf: DnsConf = DnsConf()
    insecure: bool = False


class RegistryReference(Struct, frozen=True):
    """A registry by its number; 0 is this instance."""

    id: int = 0


class Filter(Struct, frozen=True):
    """Which repositories (``NAMESPACE/NAME``) or tags are copied."""

    type: Literal["name", "tag"]
    value: str

    def takes(self, name: str) -> bool:
        """Say whether *name* is meant."""
        return bool(_compiled(self.value or "**").fullmatch(name))


class ReplicationPolicy(Struct, frozen=True):
    """What is copied from where to where."""

    name: PolicyName
    description: str = ""
    src_registry: RegistryReference = RegistryReference()
    dest_registry: RegistryReference = RegistryReference()
    dest_namespace: str = ""
    filters: list[Filter] = field(default_factory=list)
    repo_scope_mode: str = "regular"
    trigger: Trigger = Trigger()
    override: bool = False
    enabled: bool = False


EVENTS: Final = ("PUSH_ARTIFACT", "DELETE_ARTIFACT", "SCANNING_COMPLETED", "SCANNING_FAILED")
"""SWR documents the first; the others are Harbor's words for what happens here too."""


class Target(Struct, frozen=True):
    """Where a trigger posts to; `auth_header` is ``key1:value1;key2:value2``."""

    address: Annotated[str, Meta(pattern=r"^https?://.+")]
    type: Literal["http"] = "http"
    auth_header: str = ""
    skip_cert_verify: bool = False
    address_type: Literal["internal", "internet"] = "internet"


class WebhookPolicy(Struct, frozen=True):
    """Which events are posted where."""

    name: PolicyName
    targets: Annotated[list[Target], Meta(min_length=1)]
    event_types: Annotated[
        list[Literal["PUSH_ARTIFACT", "DELETE_ARTIFACT", "SCANNING_COMPLETED", "SCANNING_FAILED"]],
        Meta(min_length=1),
    ]
    description: str = ""
    scope_rules: list[Scope] = field(default_factory=list)
    enabled: bool = True


class GcParameters(Struct, frozen=True):
    """How a collection goes."""

    delete_untagged: bool = False
    workers: Annotated[int, Meta(ge=1, le=5)] = 1
    dry_run: bool = False


class GcSchedule(Struct, frozen=True):
    """``None`` ends a schedule, ``Custom`` sets one, ``Manual`` runs at once."""

    type: Literal["None", "Custom", "Manual"]
    cron: str = ""


class GcOrder(Struct, frozen=True):
    """A collection asked for or scheduled."""

    schedule: GcSchedule
    parameters: GcParameters = GcParameters()


class AllowedAddress(Struct, frozen=True):
    """An address or network that may call the registry."""

    ip: str
    description: str = ""


class EndpointPolicy(Struct, frozen=True):
    """From where the registry may be called; an empty list with `enable` is from everywhere."""

    enable: bool = True
    ip_list: list[AllowedAddress] = field(default_factory=list)


@lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a doublestar pattern: ``*`` stays within a path segment, ``**`` does not; ``?``; ``{a,b}``."""
    out: list[str] = []
    depth = 0
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if pattern.startswith("**", position):
            out.append(".*")
            position += 1
        elif char == "*":
            out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "{":
            depth += 1
            out.append("(?:")
        elif char == "}" and depth:
            depth -= 1
            out.append(")")
        elif char == "," and depth:
            out.append("|")
        else:
            out.append(re.escape(char))
        position += 1
    return re.compile("".join(out) + ")" * depth, re.DOTALL)
