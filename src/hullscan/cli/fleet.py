"""``hullscan fleet``: questions about all artifacts of the registry at once."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hullscan.services.context import Context

app = typer.Typer(help="Questions about all artifacts at once.", no_args_is_help=True)


@app.command("find")
def find(
    what: Annotated[str, typer.Argument(help="CVE-…, GHSA-… or the name of a package")],
    below: Annotated[str, typer.Option(help="Only package versions below this one")] = "",
    kind: Annotated[str, typer.Option("--type", help="Only packages of this purl type: deb, npm, maven …")] = "",
) -> None:
    """Which artifacts hold a flaw, or a package (below a version); one JSON object a line."""
    import re

    from hullscan.services.reports import fleet

    context = _store()
    if re.match(r"[A-Z]+-", what) and not below and not kind:
        found = fleet.with_flaw(context, what)
    else:
        found = fleet.with_package(context, what, below=below, kind=kind)
    for one in found:
        print(json.dumps({**asdict(one.place), "holds": one.what}))


@app.command("changes")
def changes(since: Annotated[str, typer.Option(help="A time such as 2026-01-31T00:00:00Z")]) -> None:
    """What moved in reports since a time; one JSON object a line."""
    from datetime import UTC, datetime

    from hullscan.errors import InvalidReference
    from hullscan.services.reports import fleet

    try:
        at = datetime.fromisoformat(since)
    except ValueError as error:
        raise InvalidReference(f"{since!r} is no time such as 2026-01-31T00:00:00Z") from error
    for one in fleet.changes(_store(), at if at.tzinfo else at.replace(tzinfo=UTC)):
        print(json.dumps({**asdict(one), "at": one.at.strftime("%Y-%m-%dT%H:%M:%SZ")}))


@app.command("diff")
def diff(
    before: Annotated[str, typer.Argument(help="Digest of one image")],
    after: Annotated[str, typer.Argument(help="Digest of the other")],
) -> None:
    """Packages and flaws that came and went between two images."""
    from hullscan.services.reports import fleet

    found = fleet.difference(_store(), before, after)
    for sign, texts in (
        ("+", found.packages_added),
        ("-", found.packages_removed),
        ("+", found.flaws_added),
        ("-", found.flaws_removed),
    ):
        for text in texts:
            print(sign, text)


@app.command("fixes")
def fixes(limit: Annotated[int, typer.Option(help="How many")] = 20) -> None:
    """The updates that remove most findings."""
    from hullscan.services.reports import fleet

    for ecosystem, name, version, findings, artifacts in fleet.top_fixes(_store(), limit):
        print(f"{findings:7} findings in {artifacts:5} artifacts  {ecosystem} {name} → {version}")


@app.command("bases")
def bases(digest: Annotated[str, typer.Argument(help="Digest of an artifact")]) -> None:
    """The base image of an artifact, as far as it is known; of an index those of its images; one JSON object a line."""
    from hullscan.model.image import parse_digest
    from hullscan.reports.json import base_json
    from hullscan.services.indexing.base_images import bases_of_artifact

    for one in bases_of_artifact(_store(), parse_digest(digest)):
        print(json.dumps(base_json(one)))


def _store() -> "Context":
    from hullscan.services.context import open_context
    from hullscan.settings import Settings

    return open_context(Settings.from_environment())
