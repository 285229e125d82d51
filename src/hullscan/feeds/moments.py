"""Times as publishers write them."""

from datetime import UTC, datetime


def moment(text: str) -> datetime | None:
    """Return an ISO 8601 day or time, which is UTC's where it names no zone; None if it is none."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
