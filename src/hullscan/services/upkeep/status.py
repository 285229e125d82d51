"""How feeds and service stand."""

from typing import Any, Final

from hullscan.services.access.first_start import ACCOUNT, ADMINISTRATOR, INSTANCE, PROJECT, first_start
from hullscan.services.context import Context, now
from hullscan.store.access.accounts import instances, projects
from hullscan.store.database import reading, writing
from hullscan.store.feeds.feed_rows import FeedRow, feed_rows
from hullscan.store.settings_rows import read_setting, write_setting

_ENDPOINT: Final = "endpoint"


def feed_status(context: Context) -> list[dict[str, Any]]:
    """Return each feed's snapshot, age in days and health, as plain values."""
    with reading(context.engine) as connection:
        return [_row(row, context.settings.feed_max_age_days) for row in feed_rows(connection)]


def note_endpoint(context: Context, endpoint: str) -> None:
    """Remember where the service listens, for `service_status`."""
    with writing(context.engine) as connection:
        write_setting(connection, _ENDPOINT, endpoint.encode())


def endpoint_host(context: Context) -> str:
    """Return host and port where the service last listened."""
    with reading(context.engine) as connection:
        return (read_setting(connection, _ENDPOINT) or b"").decode().partition("://")[2]


def service_status(context: Context) -> dict[str, Any]:
    """
    Return endpoint, ids and feeds as plain values; a new store is made ready first.

    `health` is ok, or what is wrong with the feeds.
    """
    first_start(context)
    with reading(context.engine) as connection:
        endpoint = read_setting(connection, _ENDPOINT)
        project = projects(connection, name=PROJECT)[0]
        instance = next(one for one in instances(connection, project_id=project.id) if one.name == INSTANCE)
    feeds = feed_status(context)
    unwell = [f"{row['name']}: {row['health']}" for row in feeds if row["health"] != "ok"]
    return {
        "endpoint": endpoint.decode() if endpoint else "",
        "account": ACCOUNT,
        "user": ADMINISTRATOR,
        "project": PROJECT,
        "project_id": project.id,
        "instance": INSTANCE,
        "instance_id": instance.id,
        "feeds": feeds,
        "health": "; ".join(unwell) if unwell else "ok" if feeds else "no feeds yet; run: hullscan feeds refresh",
    }


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
        return f"never built: {row.error}" if row.error else "never built, or by another release; refresh it"
    words = []
    if age is not None and age > max_age_days:
        words.append(f"old: no record newer than {age} days")
    if row.problems:
        words.append(f"{len(row.problems)} record(s) could not be read")
    if row.error:
        words.append(f"last refresh failed: {row.error}")
    return "; ".join(words) or "ok"
