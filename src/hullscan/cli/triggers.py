"""``hullscan trigger``: what a webhook's owner needs beside SWR's API: its secret, a test, and what was sent."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hullscan.services.context import Context
    from hullscan.services.rules.rule import Rule

app = typer.Typer(help="Triggers (webhooks): secret, test, history and replay.", no_args_is_help=True)

_LARGEST = 2**63 - 1
_Number = Annotated[int, typer.Argument(min=1, max=_LARGEST, help="The trigger's number (policy_id)")]


@app.command("secret")
def secret(number: _Number) -> None:
    """Print the secret that posts are signed with: X-Hullscan-Signature is sha256= and the HMAC of the body."""
    from hullscan.services.runs.delivery import signing_secret

    context, rule = _trigger(number)
    print(signing_secret(context, rule.row.id))


@app.command("test")
def test(number: _Number) -> None:
    """Post a made-up event to all targets; the running server sends it."""
    from hullscan.services.runs.delivery import send_test

    context, rule = _trigger(number)
    print("deliveries:", ", ".join(map(str, send_test(context, rule))))


@app.command("history")
def history(number: _Number, most: Annotated[int, typer.Option(min=1, help="How many, of the newest")] = 100) -> None:
    """Show what was sent, the newest first, and what the targets answered."""
    from hullscan.services.runs.delivery import deliveries

    context, rule = _trigger(number)
    for one, what in deliveries(context, rule, most=most):
        print(f"{one.id}  {one.created_at:%Y-%m-%dT%H:%M:%SZ}  {what.event_type}  {one.status}  {one.status_text}")


@app.command("replay")
def replay(delivery: Annotated[int, typer.Argument(min=1, max=_LARGEST, help="The delivery's number")]) -> None:
    """Post an event of the history once more."""
    from hullscan.services.runs.delivery import replay as post_again

    context = _store()
    print("delivery:", post_again(context, _instance(context), delivery))


def _store() -> "Context":
    from hullscan.services.context import open_context
    from hullscan.settings import Settings

    return open_context(Settings.from_environment())


def _instance(context: "Context") -> str:
    from hullscan.services.upkeep.status import service_status

    return str(service_status(context)["instance_id"])


def _trigger(number: int) -> "tuple[Context, Rule]":
    from hullscan.services.rules.rule import get_rule

    context = _store()
    return context, get_rule(context, "webhook", _instance(context), number)
