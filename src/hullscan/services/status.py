"""How feeds and service stand."""

from typing import Any

from hullscan.services.context import Context, now
from hullscan.store.database import reading
from hullscan.store.feed_rows import FeedRow, feed_rows


def feed_status(context: Context) -> list[dict[str, Any]]:
    """Return each feed's snapshot, age in days and health, as plain values."""
    with reading(context.engine) as connection:
        return [_row(row, context.settings.feed_max_age_days) for row in feed_rows(connection)]


def _row(row: FeedRow, max_age_days: int) -> dict[str, Any]:
    newest = row.state.upstream_time if row.state else None
    age = (now() - newest).days if newest else None
    return {
        "name": row.name,
        "ecosystems": list(row.ecosystems),
        "records": row.state.records if row.state else 0,
        "snapshot": row.state.snapshot if row.state else None,
        "upstream_time": newest.isoformat() if newest else None,
        "age_days": age,
        "location": row.location,
        "checked_at": row.checked_at.isoformat() if row.checked_at else None,
        "problems": len(row.problems),
        "error": row.error,
        "health": _health(row, age, max_age_days),
    }


def _health(row: FeedRow, age: int | None, max_age_days: int) -> str:
    if row.state is None:
        return f"never built: {row.error}" if row.error else "never built"
    words = []
    if age is not None and age > max_age_days:
        words.append(f"old: no record newer than {age} days")
    if row.problems:
        words.append(f"{len(row.problems)} record(s) could not be read")
    if row.error:
        words.append(f"last refresh failed: {row.error}")
    return "; ".join(words) or "ok"
