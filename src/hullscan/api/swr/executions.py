"""Executions of signature and replication policies, as SWR words them."""

from typing import Any

from hullscan.api.swr.operation import time_text
from hullscan.api.swr.rules import values
from hullscan.store.rules.runs import RunRow


def execution_fields(run: RunRow) -> dict[str, Any]:
    """Return a run with its counts of artifacts."""
    body = values(run.body)
    return {
        "id": run.id,
        "policy_id": run.rule_id,
        "status": "Initialized" if run.status == "Pending" else run.status,
        "status_text": run.status_text,
        "total": body.get("total", 0),
        "failed": body.get("failed", 0),
        "succeed": body.get("succeed", 0),
        "in_progress": 0,
        "stopped": body.get("stopped", 0),
        "trigger": run.trigger,
        "created_at": time_text(run.created_at),
        "updated_at": time_text(run.updated_at),
    }
