"""``hullscan inventory`` and ``hullscan explain``: what is inside, and why the report says what it says."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from hullscan.cli.progress import shown_progress

if TYPE_CHECKING:
    from hullscan.services.scans.explain import Explained
    from hullscan.services.scans.scan_target import Indexed


class Form(StrEnum):
    """How an inventory is printed."""

    table = "table"
    json = "json"
    cyclonedx = "cyclonedx"
    spdx = "spdx"


_Target = Annotated[
    str,
    typer.Argument(
        help="oci:DIR[:tag], docker-archive:FILE, dir:ROOT, sbom:FILE, purl:FILE, docker://REF or a bare reference"
    ),
]
_Platform = Annotated[str, typer.Option(help="os/architecture[/variant] of an image index")]


def inventory(
    target: _Target,
    platform: _Platform = "",
    output: Annotated[Form, typer.Option(help="table, json, or an SBOM: CycloneDX 1.6, SPDX 2.3")] = Form.table,
    lock_files: Annotated[
        bool,
        typer.Option("--lock-files", help="Count what lock files say as inside an image; of a directory, always so"),
    ] = False,
) -> None:
    """List what is inside TARGET; no feeds are needed. Exit code 3: something could not be read."""
    from datetime import UTC, datetime

    from hullscan.model.base_image import layers_of
    from hullscan.services.reports.report import SCANNER
    from hullscan.services.scans.scan_target import index_target
    from hullscan.settings import Settings

    with shown_progress() as progress:
        indexed = index_target(
            Settings.from_environment(), target, platform=platform, lock_files=lock_files, progress=progress
        )
    found = indexed.inventory
    if output in (Form.cyclonedx, Form.spdx):
        from hullscan.reports import bills

        render = bills.cyclonedx if output is Form.cyclonedx else bills.spdx
        at = datetime.now(UTC)
        bill = render(
            found, target=target, digest=indexed.digest, scanner=SCANNER, at=at, base_layers=layers_of(indexed.bases)
        )
        sys.stdout.buffer.write(bill)
    elif output is Form.json:
        from hullscan.reports.json import inventory_json

        data = inventory_json(
            found, target=target, digest=indexed.digest, platform=indexed.platform, bases=indexed.bases
        )
        sys.stdout.buffer.write(data + b"\n")
    else:
        _print_table(indexed)
    sys.stdout.flush()
    if found.problems:
        raise typer.Exit(3)


def explain(
    target: _Target,
    what: Annotated[str, typer.Argument(metavar="ID|PURL", help="CVE-…, GHSA-…, DSA-… or a package URL")],
    platform: _Platform = "",
    offline: Annotated[bool, typer.Option("--offline", help="Never fetch feeds")] = False,
) -> None:
    """Say why a flaw is reported in TARGET or why it is not; or, for a package URL, which file and layer brought it."""
    from hullscan.settings import Settings

    settings = Settings.from_environment()
    if what.startswith("pkg:"):
        _explain_package(target, what, platform)
        return
    from hullscan.services.scans.explain import explain_flaw

    with shown_progress() as progress:
        found = explain_flaw(settings, target, what, platform=platform, offline=offline, progress=progress)
    _print_flaw(found)


def _explain_package(target: str, purl: str, platform: str) -> None:
    from hullscan.services.scans.explain import explain_package
    from hullscan.settings import Settings

    with shown_progress() as progress:
        found = explain_package(Settings.from_environment(), target, purl, platform=platform, progress=progress)
    if not found:
        print(f"{purl} is not in {target}")
        raise typer.Exit(1)
    for package, detectors in found:
        print(package.purl)
        print(f"  file      {package.path or '(the list itself)'}")
        print(f"  layer     {package.layer or '(no layers)'}")
        print(f"  detector  {', '.join(detectors) or '(by its first bytes: a program)'}")
        if package.source:
            print(f"  source    {package.source.name} {package.source.version}")
        if package.vendor:
            print(f"  vendor    {package.vendor}")
        if package.owner:
            print(f"  owner     {package.owner.name} {package.owner.version}")
        if package.licenses:
            print(f"  licence   {', '.join(package.licenses)}")


def _print_flaw(found: "Explained") -> None:
    for finding in found.findings:
        print(
            f"{finding.id} in {finding.package} {finding.version}: {finding.severity.label} ({finding.severity_source})"
        )
        print(f"  file      {finding.path}")
        print(f"  layer     {finding.layer}{' (base image)' if finding.in_base else ''}")
        if finding.aliases:
            print(f"  names     {', '.join(finding.aliases)}")
        print(f"  fix       {finding.fix_version or 'none'}")
        if finding.suppressed is not None:
            print(f"  suppressed: {finding.suppressed}")
        for one in finding.evidence:
            print(f"  record    {one.advisory} of {one.feed}, for {one.ecosystem} {one.name}")
            print(f"            range {one.range}")
            key = found.keys.get((one.scheme, one.version), "")
            print(f"            version {one.version}, by scheme {one.scheme}, key {key}")
    if not found.findings:
        print(f"{found.flaw} is not reported.")
    for run in found.runs:
        spoken = run.spoken
        print(
            f"{'also ' if found.findings else ''}{spoken.advisory} of {spoken.feed} speaks of {spoken.ecosystem} {spoken.name}:"
        )
        print(f"  range     {spoken.range}")
        print(f"  installed {run.package} {run.version}")
        print(f"  but       {run.reason}")
    if not found.findings and not found.runs:
        if found.elsewhere:
            print("The records speak of packages that are not inside: " + ", ".join(found.elsewhere[:10]))
        else:
            print("No feed at hand knows it.")


def _print_table(indexed: "Indexed") -> None:
    from rich.console import Console
    from rich.table import Table

    from hullscan.model.base_image import layers_of

    found, base_layers = indexed.inventory, layers_of(indexed.bases)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("TYPE", "PACKAGE", "VERSION", "SOURCE", "PATH", "LAYER"):
        table.add_column(column, overflow="fold")
    for one in sorted(found.packages, key=lambda one: (one.type, one.full_name, one.version, one.path)):
        source = f"{one.source.name} {one.source.version}".strip() if one.source else ""
        layer = one.layer[7:19] + (" base" if one.layer in base_layers else "")
        table.add_row(one.type, one.full_name, one.version, source, one.path, layer)
    console = Console()
    console.print(table)
    if found.distro:
        console.print(f"{found.distro.name or found.distro.id} {found.distro.version_id}".strip())
    for base in indexed.bases:
        console.print(f"base image: {base}", markup=False)
    for problem in found.problems:
        console.print(f"! {problem.code} [{problem.path}]: {problem.message}", markup=False)
    console.print(f"{len(found.packages)} packages")
