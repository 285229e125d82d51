"""What nobody foresaw is a 500 with a body that clients can read, and a line in the log under the request's id."""

import asyncio

import httpx
import sqlalchemy as sa

from hullscan.api.app import App
from hullscan.services.access.accounts import Accounts
from hullscan.services.access.first_start import first_start
from hullscan.services.context import Context
from hullscan.services.upkeep.status import service_status
from hullscan.settings import Settings
from hullscan.store.database import writing


def test_a_broken_store_is_an_internal_error(sqlite_context: Context) -> None:
    """The table of namespaces is gone: 500, SWR's shape, an id to look for."""
    context = Context(
        settings=Settings.from_environment(
            {"HULLSCAN_DATA_DIR": str(sqlite_context.settings.data_dir), "HULLSCAN_ADMIN_PASSWORD": "a password"}
        ),
        engine=sqlite_context.engine,
        blobs=sqlite_context.blobs,
    )
    first_start(context)
    ids = service_status(context)
    accounts = Accounts(context)
    token, _ = accounts.issue_token(accounts.by_password("admin", "a password"), ids["project_id"])
    with writing(context.engine) as connection:
        connection.execute(sa.text("DROP TABLE allowed_cve"))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(App(context), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            path = f"/v2/{ids['project_id']}/instances/{ids['instance_id']}/namespaces"
            return await client.get(path, headers={"X-Auth-Token": token})

    answer = asyncio.run(ask())

    assert (answer.status_code, answer.json()["error_code"]) == (500, "SVCSTG.SWR.5000001")
    assert answer.headers["X-Request-Id"]
