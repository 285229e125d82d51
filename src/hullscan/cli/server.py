"""``hullscan serve``, ``status`` and ``namespace``: the service and what is set up in it."""

import sys
from typing import Annotated

import typer

from hullscan.cli.form import AskedForm, Form

namespaces = typer.Typer(help="Namespaces, which repositories live in.", no_args_is_help=True)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on")] = 8080,
) -> None:
    """Run the service: registry, SWR API and scans."""
    import packageurl  # noqa: F401 (loaded here, so that the first push need not wait for it)

    from hullscan.api.server import check_certificate, listening_address, run
    from hullscan.services.access.first_start import first_start
    from hullscan.services.collector import collect_seldom
    from hullscan.services.context import open_context
    from hullscan.services.upkeep.status import note_endpoint, service_status
    from hullscan.services.walking.forked import can_fork
    from hullscan.services.walking.spawner import Spawner
    from hullscan.services.walking.walker import work
    from hullscan.settings import Settings

    settings = Settings.from_environment()
    check_certificate(settings)
    address = listening_address(host, port)
    # Before there are threads, and before the database is open: a connection may not be used on both sides of a fork.
    spawner = Spawner(work) if can_fork() else None
    context = open_context(settings, spawner)
    made = first_start(context)
    if made is not None:
        print_credentials(made.password, made.access_key, made.secret_key)
    scheme = "https" if context.settings.tls_cert else "http"
    note_endpoint(context, f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}")
    found = service_status(context)
    for key in ("endpoint", "project_id", "instance_id"):
        print(f"{key}: {found[key]}", file=sys.stderr)
    collect_seldom()
    try:
        run(context, host=address, port=port)
    finally:
        if spawner is not None:
            spawner.close()


def status(output: AskedForm = Form.table) -> None:
    """Show endpoint, ids, feeds and health."""
    import json

    from hullscan.services.context import open_context
    from hullscan.services.upkeep.status import service_status
    from hullscan.settings import Settings

    found = service_status(open_context(Settings.from_environment()))
    if output is Form.json:
        print(json.dumps(found, indent=1))
        return
    for key in ("endpoint", "account", "project", "project_id", "instance", "instance_id"):
        print(f"{key + ':':13} {found[key]}")
    feeds = found["feeds"]
    unwell = sum(row["health"] != "ok" for row in feeds)
    print(f"{'health:':13} {f'{unwell} of {len(feeds)} feeds need a look' if unwell else found['health']}")
    for row in feeds:
        print(f"feed {row['name']}: {row['records']} records, {row['health']}")


@namespaces.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Lower-case letters and digits, inside also . _ -")],
    public: Annotated[bool, typer.Option("--public", help="Every user may pull (see anonymous)")] = False,
    auto_scan: Annotated[bool, typer.Option("--auto-scan", help="Scan what is pushed")] = False,
) -> None:
    """Create a namespace of the default instance."""
    from hullscan.services.artifacts.namespaces import create_default_namespace
    from hullscan.services.context import open_context
    from hullscan.settings import Settings

    context = open_context(Settings.from_environment())
    made = create_default_namespace(context, name, public=public, auto_scan=auto_scan)
    if made is not None:
        print_credentials(made.password, made.access_key, made.secret_key)
    print(f"namespace {name} created" + (", public" if public else "") + (", scanned on push" if auto_scan else ""))


@namespaces.command("proxy")
def proxy(
    name: Annotated[str, typer.Argument(help="The namespace")],
    upstream: Annotated[str, typer.Argument(help="https://registry.example to fetch from; empty: no more")],
    user: Annotated[str, typer.Option(help="User at the other registry; its password is read from stdin")] = "",
    insecure: Annotated[bool, typer.Option("--insecure", help="Do not check its certificate")] = False,
) -> None:
    """Make a namespace a pull-through cache of another registry."""
    from hullscan.services.context import open_context
    from hullscan.services.peers.proxy import set_upstream
    from hullscan.services.upkeep.status import service_status
    from hullscan.settings import Settings

    context = open_context(Settings.from_environment())
    instance = str(service_status(context)["instance_id"])
    password = sys.stdin.readline().rstrip("\n") if user else ""
    set_upstream(context, instance, name, upstream, user=user, password=password, insecure=insecure)
    print(f"namespace {name} " + (f"fetches from {upstream} what it has not" if upstream else "fetches from nowhere"))


@namespaces.command("anonymous")
def anonymous(
    off: Annotated[bool, typer.Option("--off", help="Only users may pull, as in the beginning")] = False,
) -> None:
    """Let public namespaces be pulled from without a login."""
    from hullscan.services.artifacts.namespaces import allow_anonymous
    from hullscan.services.context import open_context
    from hullscan.services.upkeep.status import service_status
    from hullscan.settings import Settings

    context = open_context(Settings.from_environment())
    allow_anonymous(context, str(service_status(context)["instance_id"]), allowed=not off)
    print("public namespaces may be pulled from " + ("by users only" if off else "without a login"))


@namespaces.command("quota")
def quota(
    name: Annotated[str, typer.Argument(help="The namespace")],
    max_bytes: Annotated[
        int | None, typer.Option("--bytes", min=0, max=2**62, help="Most bytes of blobs; left out: no limit")
    ] = None,
    artifacts: Annotated[int | None, typer.Option(min=0, max=2**62, help="Most artifacts; left out: no limit")] = None,
) -> None:
    """Limit what a namespace of the default instance may hold; without options there is no limit."""
    from hullscan.services.artifacts.namespaces import set_quota
    from hullscan.services.context import open_context
    from hullscan.services.upkeep.status import service_status
    from hullscan.settings import Settings

    context = open_context(Settings.from_environment())
    instance = str(service_status(context)["instance_id"])
    set_quota(context, instance, name, quota_bytes=max_bytes, quota_artifacts=artifacts)
    print(
        f"namespace {name}: at most {max_bytes if max_bytes is not None else 'any number of'} bytes, "
        f"{artifacts if artifacts is not None else 'any number of'} artifacts"
    )


def print_credentials(password: str, access_key: str, secret_key: str) -> None:
    """Show once, on stderr, what a new store made by itself."""
    if password:
        print(f"administrator: admin   password (shown once): {password}", file=sys.stderr)
    if access_key:
        print(f"access key (shown once): {access_key}   secret key: {secret_key}", file=sys.stderr)
