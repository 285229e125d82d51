"""Events posted to triggers' targets: signed, tried again with growing pauses, kept with their answers."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any, Final

import httpx
import msgspec

from hullscan.errors import NotFound
from hullscan.model.rules import Target
from hullscan.services.access.secrets import Vault
from hullscan.services.context import Context, now
from hullscan.services.rules.events import add_delivery
from hullscan.services.rules.rule import Rule, get_rule
from hullscan.store.database import reading, writing
from hullscan.store.rules.runs import RunRow, end_run, find_run, list_runs, put_off

_PAUSES: Final = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600))
"""Between the tries; after the last one the delivery has failed, and can be replayed."""

_TIMEOUT_S: Final = 15.0
_KEPT: Final = 2_000
"""Characters kept of a target's answer."""


class Delivery(msgspec.Struct):
    """What is posted, and what came of it."""

    event_type: str
    target: int
    payload: str
    status_code: int = 0
    answer: str = ""


def signing_secret(context: Context, rule_id: int) -> str:
    """Return the secret that a trigger's posts are signed with: derived from the store's key, known to its owner only."""
    return Vault(context.settings).derive(f"trigger {rule_id}")


def deliver(context: Context, run: RunRow) -> None:
    """Post one event; a target that does not answer 2xx is tried again."""
    asked = msgspec.json.decode(run.body, type=Delivery)
    try:
        rule = get_rule(context, "webhook", run.instance_id, run.rule_id or 0)
        target: Target = rule.body.targets[asked.target]
    except (NotFound, IndexError):
        _end(context, run, asked, "Failed", "the trigger or its target was deleted")
        return
    text = asked.payload.encode()
    try:
        with httpx.Client(verify=not target.skip_cert_verify, timeout=_TIMEOUT_S, follow_redirects=False) as client:
            answer = client.post(target.address, content=text, headers=_headers(context, run, rule, target, asked))
        asked.status_code, asked.answer = answer.status_code, answer.text[:_KEPT]
        problem = "" if answer.is_success else f"{target.address} answered {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        problem = f"{target.address} could not be reached: {error or type(error).__name__}"
    if not problem:
        _end(context, run, asked, "Succeed", "")
    elif run.attempts <= len(_PAUSES):
        at = now()
        with writing(context.engine) as connection:
            put_off(connection, run.id, problem, at + _PAUSES[run.attempts - 1], at)
    else:
        _end(context, run, asked, "Failed", problem)


def replay(context: Context, instance_id: str, run_id: int) -> int:
    """
    Post an event of the history once more, with the same bytes; returns the new delivery's number.

    Raises:
        NotFound: There is no such delivery, or its trigger is gone.
    """
    with reading(context.engine) as connection:
        known = find_run(connection, "webhook", instance_id, run_id)
    if known is None:
        raise NotFound(f"there is no delivery {run_id}")
    rule = get_rule(context, "webhook", instance_id, known.rule_id or 0)
    asked = msgspec.json.decode(known.body, type=Delivery)
    with writing(context.engine) as connection:
        return add_delivery(connection, rule, asked.event_type, asked.target, asked.payload, now())


def send_test(context: Context, rule: Rule) -> list[int]:
    """Post a made-up event to all targets of a trigger; returns the deliveries' numbers."""
    at = now()
    body = {
        "type": "TEST",
        "occur_at": int(at.timestamp()),
        "operator": rule.row.creator,
        "event_data": {"resources": [], "repository": {"namespace": rule.row.namespace}},
    }
    with writing(context.engine) as connection:
        text = msgspec.json.encode(body).decode()
        return [add_delivery(connection, rule, "TEST", one, text, at) for one in range(len(rule.body.targets))]


def _headers(context: Context, run: RunRow, rule: Rule, target: Target, asked: Delivery) -> dict[str, str]:
    """The signature covers the bytes of the body; the id tells a repeated post from a new one."""
    secret = signing_secret(context, rule.row.id)
    digest = hmac.new(secret.encode(), asked.payload.encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "hullscan",
        "X-Hullscan-Event": asked.event_type,
        "X-Hullscan-Delivery": str(run.id),
        "X-Hullscan-Signature": f"sha256={digest}",
    }
    for pair in target.auth_header.split(";"):
        name, colon, value = pair.partition(":")
        if colon and name.strip():
            headers[name.strip()] = value.strip()
    return headers


def _end(context: Context, run: RunRow, asked: Delivery, status: str, text: str) -> None:
    with writing(context.engine) as connection:
        end_run(connection, run.id, status, text, msgspec.json.encode(asked), now())


def deliveries(context: Context, rule: Rule, *, most: int) -> list[tuple[RunRow, Delivery]]:
    """Return the *most* last things that a trigger sent, the newest first."""
    with reading(context.engine) as connection:
        found = list_runs(connection, "webhook", rule.row.instance_id, rule_id=rule.row.id, limit=most)
    return [(one, msgspec.json.decode(one.body, type=Delivery)) for one in found]


def delivery_of(body: bytes) -> dict[str, Any]:
    """Return a delivery as JSON values."""
    found: dict[str, Any] = msgspec.json.decode(body)
    return found
