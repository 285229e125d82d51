"""The shape of a record in the OSV schema (ossf.github.io/osv-schema): the fields that matter here; all others are ignored."""

from typing import Any

import msgspec


class OsvPackage(msgspec.Struct, frozen=True):
    ecosystem: str = ""
    name: str = ""


class OsvRange(msgspec.Struct, frozen=True):
    type: str = ""
    events: list[dict[str, str]] = []


class OsvSeverity(msgspec.Struct, frozen=True):
    type: str = ""
    score: str = ""


class OsvAffected(msgspec.Struct, frozen=True):
    package: OsvPackage | None = None
    ranges: list[OsvRange] | None = None
    versions: list[str] | None = None
    severity: list[OsvSeverity] | None = None
    ecosystem_specific: Any = None
    database_specific: Any = None


class OsvReference(msgspec.Struct, frozen=True):
    type: str = ""
    url: str = ""


class OsvRecord(msgspec.Struct, frozen=True):
    """One advisory."""

    id: str
    modified: str = ""
    published: str | None = None
    withdrawn: str | None = None
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    related: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    severity: list[OsvSeverity] | None = None
    affected: list[OsvAffected] | None = None
    references: list[OsvReference] | None = None
    database_specific: Any = None
