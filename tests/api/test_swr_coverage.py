"""All operations of SWR's Enterprise Edition through the official SDK, and the page that lists them."""

from pathlib import Path

import pytest

from api.conftest import ACCESS, SECRET, Server
from api.swr_scenario import Outcome, Scenario, SdkOperation, in_order, sdk_operations
from builders import DEBIAN_12, make_layer, status

_PAGE = Path(__file__).parents[2] / "docs" / "swr-coverage.md"

_REFUSED = {
    "AddDomainName": "names are those of DNS and of the certificate in `HULLSCAN_TLS_CERT`",
    "UpdateDomainName": "there is none to change (404)",
    "DeleteDomainName": "there is none to delete (404)",
    "CreateInstance": "a server is one instance",
    "DeleteInstance": "a server is one instance",
    "CreateInstanceInternalEndpoint": "there is no VPC",
    "ShowInstanceInternalEndpoint": "there is none (404)",
    "DeleteInstanceInternalEndpoint": "there is none (404)",
    "UpdateInternalEndpointConnections": "there is no VPC",
    "UpdateInternalEndpointPermissions": "there is no VPC",
    "ShowInstanceJob": "jobs make instances; there are none (404)",
    "ListRepoDetails": "of the Basic edition (no such API)",
    "ListRepositoryTag": "of the Basic edition (no such API)",
    "ListSharedRepoDetails": "of the Basic edition (no such API)",
    "DeleteInstanceJob": "jobs make instances; there are none (404)",
}
"""What one host has no use for, and why; each answers the documented error."""


@pytest.fixture(scope="module")
def outcomes(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Call everything once, on one namespace with one scanned image."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("NO_PROXY", "127.0.0.1")
        from huaweicloudsdkcore.auth.credentials import BasicCredentials
        from huaweicloudsdkswr.v2 import SwrClient

        credentials = BasicCredentials(ACCESS, SECRET, server.project)
        client = SwrClient.new_builder().with_credentials(credentials).with_endpoint(server.url).build()
        scenario = Scenario(
            client=client,
            values={
                "instance_id": server.instance,
                "namespace_name": "covered",
                "repository_name": "team/app",
                "addition": "build_history",
                "tag_name": "1",
                "resource_type": "instances",
                "resource_id": server.instance,
                "sub_resource_type": "namespaces",
                "sub_resource_id": "covered",
                "internal_endpoints_id": "none",
                "domainname_id": "none",
                "job_id": "none",
                "api_version": "v2.0",
            },
        )
        found: dict[str, Outcome] = {}
        for operation in in_order(sdk_operations()):
            found[operation.name] = scenario.call(operation)
            if operation.name == "CreateInstanceNamespace":
                layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("zlib1g 1.2")})
                scenario.values["reference"] = server.push("covered/team/app", [layer])
            if operation.name.startswith("Execute"):
                _wait_for_runs(server)
    return found


def _wait_for_runs(server: Server) -> None:
    """The worker takes runs within a second; tasks are listed when it is done."""
    import time

    from hullscan.services.context import now
    from hullscan.store.database import reading
    from hullscan.store.rules.runs import is_waiting

    for _ in range(100):
        with reading(server.context.engine) as connection:
            if not is_waiting(connection, now()):
                break
        time.sleep(0.05)
    time.sleep(0.3)


@pytest.mark.parametrize("operation", sdk_operations(), ids=lambda one: one.name)
def test_every_operation_works_or_refuses_as_documented(outcomes: dict[str, Outcome], operation: SdkOperation) -> None:
    """Nothing is missing: what is not refused by the list above works."""
    outcome = outcomes[operation.name]
    # A subtask list needs a task, and the namespace's policies select no tag of this image.
    if operation.name in _REFUSED:
        assert outcome.status in (400, 404) and outcome.code.startswith(("SVCSTG.SWR.", "APIGW.0101")), outcome
    else:
        assert outcome.status < 400, outcome


def test_the_page_lists_what_was_called(outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    """``docs/swr-coverage.md`` is what this test would write."""
    page = coverage_page(sdk_operations(), outcomes)

    if page != _PAGE.read_text():
        shown = tmp_path / "swr-coverage.md"
        shown.write_text(page)
        pytest.fail(f"docs/swr-coverage.md is not what was found; {shown.absolute()} is: look at it and put it there")


def coverage_page(operations: list[SdkOperation], outcomes: dict[str, Outcome]) -> str:
    """Return the page: each operation with what came of it."""
    rows = []
    for one in sorted(operations, key=lambda one: one.name):
        state = f"refused: {_REFUSED[one.name]}" if one.name in _REFUSED else "works"
        if one.name not in _REFUSED and outcomes[one.name].status >= 400:
            state = "missing"
        rows.append(f"| {one.name} | `{one.method} {one.path}` | {state} |")
    works = sum(row.endswith("| works |") for row in rows)
    refused = len(_REFUSED)
    return (
        "# SWR's operations\n\n"
        "All operations of SWR Enterprise Edition that the official SDK (`huaweicloudsdkswr` 3.1.219) has: its client's\n"
        "methods but those of the Basic edition under `/v2/manage/`. `tests/api/test_swr_coverage.py` calls\n"
        "each of them through the SDK against a running server and compares what comes back with this table.\n\n"
        f"Works: {works}. Answered with the documented refusal: {refused}. Missing: {len(rows) - works - refused}.\n\n"
        "| operation | request | state |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n"
    )
