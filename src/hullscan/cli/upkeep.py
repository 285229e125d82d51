"""``hullscan gc`` and ``fsck``: the store kept small and sound."""

from typing import Annotated

import typer

from hullscan.cli.form import AskedForm, Form

_MOST_HOURS = 1_000_000
_MOST_DAYS = 100_000


def gc(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go")] = False,
    grace_hours: Annotated[
        float, typer.Option(min=0, max=_MOST_HOURS, help="Keep what came or was asked for within these hours")
    ] = 24,
    untagged_days: Annotated[
        float | None,
        typer.Option(min=0, max=_MOST_DAYS, help="Also remove untagged artifacts not pushed or pulled for these days"),
    ] = None,
    output: AskedForm = Form.table,
) -> None:
    """Free what no manifest names any more; pushes may go on meanwhile."""
    import dataclasses
    import json
    from datetime import timedelta

    from hullscan.cli.progress import shown_progress
    from hullscan.services.context import open_context
    from hullscan.services.upkeep.collect import collect
    from hullscan.settings import Settings

    with shown_progress() as progress:
        done = collect(
            open_context(Settings.from_environment()),
            grace=timedelta(hours=grace_hours),
            untagged=None if untagged_days is None else timedelta(days=untagged_days),
            dry_run=dry_run,
            progress=progress,
        )
    if output is Form.json:
        print(json.dumps(dataclasses.asdict(done), indent=1))
        return
    print("would be freed:" if dry_run else "freed:")
    print(f"  untagged artifacts   {done.artifacts}")
    print(f"  blobs of the store   {done.blobs} (hidden from {done.links} repositories)")
    print(f"  files                {done.files}, {done.freed_bytes:,} bytes")
    print(f"  uploads given up     {done.uploads}")


def attach(
    name: Annotated[str, typer.Argument(help="NAMESPACE/REPOSITORY:TAG, or …@DIGEST, of this registry")],
) -> None:
    """Attach the SBOM (CycloneDX) and the report of an image, or of an index's images, as referrers; unchanged ones stay."""
    from hullscan.errors import InvalidReference
    from hullscan.services.artifacts.attach import attach as attach_all
    from hullscan.services.context import open_context
    from hullscan.services.upkeep.status import service_status
    from hullscan.settings import Settings

    path, at, digest = name.partition("@")
    plain, colon, tag = path.rpartition(":") if not at else (path, "", "")
    namespace, slash, repository = (plain if colon or at else path).partition("/")
    if not slash or not repository:
        raise InvalidReference(f"{name!r} is no artifact; write NAMESPACE/REPOSITORY:TAG")
    context = open_context(Settings.from_environment())
    instance = str(service_status(context)["instance_id"])
    for one in attach_all(context, instance, namespace, repository, digest or tag or "latest"):
        print(f"{one.subject}: {one.kind}  {one.digest}  {'attached' if one.changed else 'unchanged'}")


def fsck(
    quick: Annotated[bool, typer.Option("--quick", help="Compare names and sizes, hash nothing")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Drop missing and damaged blobs, so that clients send them again")
    ] = False,
    output: AskedForm = Form.table,
) -> None:
    """Check every blob against its digest, and blob store and database against each other; exit code 1 for a fault."""
    import dataclasses
    import json

    from hullscan.cli.progress import shown_progress
    from hullscan.services.context import open_context
    from hullscan.services.upkeep.fsck import check_store
    from hullscan.settings import Settings

    with shown_progress() as progress:
        found = check_store(open_context(Settings.from_environment()), quick=quick, repair=repair, progress=progress)
    if output is Form.json:
        print(json.dumps(dataclasses.asdict(found), indent=1))
    else:
        for fault in found.faults:
            print(f"{fault.code:10} {fault.digest}: {fault.message}")
        how = "compared" if quick else "hashed"
        print(f"{found.blobs} blobs, {found.checked_bytes:,} bytes {how}; faults: {len(found.faults)}")
        if found.unnamed:
            print(f"{found.unnamed} files that nothing names wait for `hullscan gc`")
        if repair:
            print(f"{found.repaired} blobs dropped; push the images that name them again")
    if found.faults:
        raise typer.Exit(1)
