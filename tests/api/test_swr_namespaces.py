"""Namespaces over SWR's API, and a token's life."""

import pytest

from api.conftest import Server


def test_a_namespace_from_create_to_delete(server: Server) -> None:
    """Created, listed, shown, changed, deleted; booleans are strings, names differ between request and answer."""
    path = f"{server.base}/namespaces"
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        made = client.post(path, json={"namespace_name": "life", "metadata": {"public": "true"}})
        again = client.post(path, json={"namespace_name": "life", "metadata": {}})
        listed = client.get(path, params={"name": "lif", "offset": 0, "limit": 10}).json()
        changed = client.put(
            f"{path}/life",
            json={
                "metadata": {"auto_scan": "true", "severity": "high"},
                "cve_allowlist": {"items": [{"cve_id": "CVE-2099-1"}]},
            },
        )
        shown = client.get(f"{path}/life").json()
        gone = client.delete(f"{path}/life")
        missing = client.get(f"{path}/life")

    assert (made.status_code, made.json()) == (201, {"id": shown["namespace_id"]})
    assert (again.status_code, again.json()["error_code"]) == (409, "SVCSTG.SWR.4090060")
    assert (listed["total"], listed["namespaces"][0]["name"]) == (1, "life")
    assert changed.json()["namespace_name"] == "life"
    assert shown["metadata"] == {"public": "true", "auto_scan": "true", "prevent_vul": "false", "severity": "high"}
    assert shown["cve_allowlist"]["items"] == [{"cve_id": "CVE-2099-1"}]
    assert (gone.status_code, missing.status_code) == (204, 404)


@pytest.mark.parametrize("name", ["", "A", "a..b", "-a", "a" * 65, "0" * 32, "instances"])
def test_names_that_may_not_be(server: Server, name: str) -> None:
    """Rules of the name, and addresses that the API itself begins with."""
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        assert client.post(f"{server.base}/namespaces", json={"namespace_name": name}).status_code == 400


@pytest.mark.parametrize("expires", [10**12, 10**18, "soon", 1.5, True])
def test_an_end_that_is_no_second(server: Server, expires: object) -> None:
    """Milliseconds, as JavaScript counts them, are no date in seconds."""
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        client.post(f"{server.base}/namespaces", json={"namespace_name": "ends"})
        body = {"cve_allowlist": {"items": [{"cve_id": "CVE-2099-1"}], "expires_at": expires}}
        answer = client.put(f"{server.base}/namespaces/ends", json=body)

    assert (answer.status_code, answer.json()["error_code"]) == (400, "SVCSTG.SWR.4000014")


def test_public_means_true_and_nothing_else(server: Server) -> None:
    """``public=yes`` asks for those that are not public (swr-api.md, 2.4)."""
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        body = {"namespace_name": "seen", "metadata": {"public": "true"}}
        client.post(f"{server.base}/namespaces", json=body)
        named = {
            told: {one["name"] for one in client.get(f"{server.base}/namespaces?public={told}").json()["namespaces"]}
            for told in ("true", "TRUE", "false", "yes")
        }

    assert "seen" in named["true"] & named["TRUE"]
    assert named["false"] == named["yes"] and "seen" not in named["yes"]


@pytest.mark.parametrize("query", ["repositories?namespace_id=", "artifacts?marker=", "../../repositories?marker="])
@pytest.mark.parametrize("number", ["9" * 25, "9" * 5000, "x", "-1"])
def test_numbers_that_may_not_be(server: Server, query: str, number: str) -> None:
    """More than the store can count is a bad request, not a failure."""
    base = server.base.rsplit("/", 2)[0] if query.startswith("..") else server.base
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        answer = client.get(f"{base}/{query.removeprefix('../../')}{number}")

    assert (answer.status_code, answer.json()["error_code"]) == (400, "SVCSTG.SWR.4000014")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=10&offset=5"])
def test_pages_that_may_not_be(server: Server, query: str) -> None:
    """limit 1 to 100, offset a multiple of it."""
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        answer = client.get(f"{server.base}/namespaces?{query}")

    assert (answer.status_code, answer.json()["error_code"]) == (400, "SVCSTG.SWR.4000056")


def test_a_tokens_life(server: Server) -> None:
    """Issued for a project, validated, revoked."""
    token = server.token()
    with server.client(**{"X-Auth-Token": server.token(), "X-Subject-Token": token}) as client:
        valid = client.get("/v3/auth/tokens")
        revoked = client.delete("/v3/auth/tokens")
    with server.client(**{"X-Auth-Token": token}) as client:
        dead = client.get(f"{server.base}/namespaces")

    assert valid.json()["token"]["project"]["id"] == server.project
    assert (valid.headers["X-Subject-Token"], revoked.status_code, dead.status_code) == (token, 204, 401)


def test_projects_by_name(server: Server) -> None:
    """What the SDK asks to find a project's id."""
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        found = client.get("/v3/projects", params={"name": "local-1"}).json()

    assert [project["id"] for project in found["projects"]] == [server.project]
