"""What follows from the packages of an image and the word of publishers: findings, scans, reports."""

import sqlalchemy as sa

from hullscan.store.tables.columns import KEYED, Id, Name, UtcTime, table

finding = table(
    "finding",
    sa.Column("package_id", Id, sa.ForeignKey("package.id"), primary_key=True),
    sa.Column("affected_id", Id, primary_key=True),
    sa.Column("advisory_id", Id, nullable=False),
    sa.Column("first_seen", UtcTime, nullable=False),
    sa.Index("finding_advisory", "advisory_id"),
    **KEYED,
)

scan = table(
    "scan",
    sa.Column("id", Name, primary_key=True),
    sa.Column("instance_id", Name, nullable=False),
    sa.Column("artifact_digest", Name, nullable=False),
    sa.Column("repository_id", Id, nullable=False),
    # Pending, Running, Success or Error.
    sa.Column("status", Name, nullable=False),
    sa.Column("percent", sa.Integer, nullable=False, default=0),
    sa.Column("error", Name, nullable=False, default=""),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    # A worker that died lets its lease run out; another takes the scan.
    sa.Column("lease_until", UtcTime),
    sa.Column("requested_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("ended_at", UtcTime),
    sa.Index("scan_artifact", "artifact_digest"),
    sa.Index("scan_status", "status", "lease_until"),
)

report = table(
    "report",
    sa.Column("digest", Name, primary_key=True),
    sa.Column("body_digest", Name, nullable=False),
    # Of what the body says apart from its date: the same content keeps its date.
    sa.Column("content_digest", Name, nullable=False),
    sa.Column("generated_at", UtcTime, nullable=False),
    sa.Column("verdict", Name, nullable=False),
    # Overall, in SWR's words: None, Low … Critical, Security.
    sa.Column("severity", Name, nullable=False),
    # JSON: total, fixable, by severity.
    sa.Column("counts", Name, nullable=False),
    sa.Column("problems", sa.LargeBinary, nullable=False),
    # When the passing of time alone makes it wrong: a feed grows old, a release's support ends. None: never.
    sa.Column("valid_until", UtcTime),
    # True when it must be rendered anew, when next asked for.
    sa.Column("stale", sa.Boolean, nullable=False, default=False),
    # How many swaps had been made when it was rendered, or looked at last (`store.reports.staleness`).
    sa.Column("swaps", sa.BigInteger, nullable=False),
    sa.Index("report_stale", "stale"),
    sa.Index("report_swaps", "swaps"),
)

# What moved in the report of an artifact when it was rendered anew: the log of a fleet.
report_change = table(
    "report_change",
    sa.Column("id", Id, primary_key=True),
    sa.Column("digest", Name, nullable=False),
    # added, fixed, severity (moved) or fix (one is there now, or another).
    sa.Column("kind", Name, nullable=False),
    sa.Column("flaw", Name, nullable=False),
    sa.Column("package", Name, nullable=False),
    sa.Column("version", Name, nullable=False),
    sa.Column("severity", Name, nullable=False),
    sa.Column("fix_version", Name, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("report_change_at", "at", "id"),
)

report_body = table(
    "report_body",
    sa.Column("digest", Name, primary_key=True),
    # gzip of the SWR JSON.
    sa.Column("body", sa.LargeBinary, nullable=False),
)
