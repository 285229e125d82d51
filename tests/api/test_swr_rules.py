"""Rules do what they say: tags that stay, artifacts that go, posts that arrive, signatures that verify, copies made."""

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api.conftest import PASSWORD, Server
from builders import DEBIAN_12, digest_of, make_layer, status
from hullscan.services.artifacts.namespaces import create_default_namespace
from hullscan.services.runs.delivery import replay, signing_secret
from hullscan.services.runs.image_signing import public_key
from hullscan.store.database import writing
from hullscan.store.tables.content import artifact
from hullscan.store.tables.places import repository

_ALL: dict[str, Any] = {
    "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "**"}],
    "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
}


class Api:
    """SWR's API of the instance, with a token."""

    def __init__(self, server: Server) -> None:
        self._base = server.base
        self._client = server.client(**{"X-Auth-Token": server.token()})

    def ask(self, method: str, path: str, body: Any = None, *, expect: int = 200) -> Any:
        """Call an address under the instance."""
        answer = self._client.request(method, self._base + path, json=body)
        assert answer.status_code == expect, answer.text
        return answer.json() if answer.content else None

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()

    def run(self, path: str, body: Any = None) -> dict[str, Any]:
        """Execute a policy and return its execution when it is over."""
        made = self.ask("POST", f"{path}/executions", body, expect=201)["id"]

        def over() -> Any:
            found = [one for one in self.ask("GET", f"{path}/executions")["executions"] if one["id"] == made]
            return found[0] if found[0]["status"] in ("Succeed", "Failed", "Stopped") else None

        found: dict[str, Any] = wait(over)
        return found


def wait(what: Callable[[], Any]) -> Any:
    """Return what *what* returns once it is true."""
    for _ in range(200):
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen within ten seconds")


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    """The API, called by the administrator."""
    found = Api(server)
    yield found
    found.close()


def _space(server: Server, name: str, *, public: bool = False, auto_scan: bool = False) -> None:
    create_default_namespace(server.context, name, public=public, auto_scan=auto_scan)


def _layer(text: str) -> list[bytes]:
    return [make_layer({"etc/motd": text.encode()})]


def test_an_immutable_tag_neither_moves_nor_goes(server: Server, api: Api) -> None:
    """Push of another image, delete of tag, artifact and repository: refused; the same image and other tags: not."""
    _space(server, "frozen")
    digest = server.push("frozen/app", _layer("1"), tag="v1")
    rule: dict[str, Any] = {**_ALL, "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "v*"}]}
    number = api.ask("POST", "/namespaces/frozen/immutabletagrules", rule, expect=201)["id"]

    server.push("frozen/app", _layer("1"), tag="v1")
    server.push("frozen/app", _layer("2"), tag="latest")
    with pytest.raises(AssertionError, match="immutable"):
        server.push("frozen/app", _layer("2"), tag="v1")
    with server.registry() as client:
        codes = [client.delete(f"/v2/frozen/app/manifests/{one}").status_code for one in ("v1", digest, "latest")]
    assert codes == [412, 412, 202]
    api.ask("DELETE", f"/namespaces/frozen/repositories/app/artifacts/{digest}", expect=409)
    api.ask("DELETE", "/namespaces/frozen/repositories/app", expect=409)
    api.ask("PUT", f"/namespaces/frozen/immutabletagrules/{number}", {"disabled": True})
    api.ask("DELETE", f"/namespaces/frozen/repositories/app/artifacts/{digest}", expect=204)


def test_retention_keeps_what_a_rule_keeps(server: Server, api: Api) -> None:
    """A dry run names what would go; the run removes it; what is young enough or immutable stays."""
    _space(server, "aging")
    for number in range(4):
        server.push("aging/app", _layer(str(number)), tag=f"t{number}")
    with writing(server.context.engine) as connection:
        rows = connection.execute(
            sa.select(artifact.c.id)
            .join(repository, repository.c.id == artifact.c.repository_id)
            .where(repository.c.name == "app", artifact.c.repository_id == repository.c.id)
            .order_by(artifact.c.id.desc())
            .limit(4)
        ).scalars()
        for age, one in enumerate(rows):
            at = datetime.now(UTC) - timedelta(days=10 * age)
            connection.execute(sa.update(artifact).where(artifact.c.id == one).values(push_time=at))
    rule: dict[str, Any] = {"template": "latestPushedK", "params": {"latestPushedK": 2}, "action": "retain", **_ALL}
    policy: dict[str, Any] = {"name": "two", "rules": [rule]}
    number = api.ask("POST", "/namespaces/aging/retention/policies", policy, expect=201)["id"]
    frozen: dict[str, Any] = {
        **_ALL,
        "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "t0"}],
    }
    api.ask("POST", "/namespaces/aging/immutabletagrules", frozen, expect=201)
    path = f"/namespaces/aging/retention/policies/{number}"

    dry = api.run(path, {"dry_run": True})
    before = api.ask("GET", "/namespaces/aging/repositories/app/artifacts")["total"]
    done = api.run(path, {"dry_run": False})
    left = api.ask("GET", "/namespaces/aging/repositories/app/artifacts")["artifacts"]

    assert (dry["status"], dry["dry_run"], before, done["status"]) == ("Succeed", True, 4, "Succeed")
    assert sorted(tag["name"] for one in left for tag in one["tags"]) == ["t0", "t2", "t3"]
    for run in (dry, done):
        task = api.ask("GET", f"{path}/executions/{run['id']}/tasks")["tasks"][0]
        assert (task["repository"], task["total"], task["retained"]) == ("app", 4, 3)
        subtasks = api.ask("GET", f"{path}/executions/{run['id']}/tasks/{task['id']}/subtasks")["sub_tasks"]
        assert [(one["tag"], one["action"]) for one in subtasks] == [("t1", "DEL")]


@pytest.mark.parametrize(
    "rule",
    [
        {"template": "latestPushedK", "params": {}},
        {"template": "latestPushedK", "params": {"latestPushedK": -1}},
        {"template": "everything", "params": {}},
    ],
)
def test_a_rule_that_would_keep_nothing_by_mistake_is_refused(api: Api, server: Server, rule: dict[str, Any]) -> None:
    """A missing or wrong number never means none."""
    if "careful" not in {one["name"] for one in api.ask("GET", "/namespaces?limit=100&offset=0")["namespaces"]}:
        _space(server, "careful")
    policy: dict[str, Any] = {"name": "wrong", "rules": [{**_ALL, **rule}]}
    assert "rules" in api.ask("POST", "/namespaces/careful/retention/policies", policy, expect=400)["error_msg"]
    cron = {"type": "scheduled", "trigger_settings": {"cron": "every day"}}
    good = {**_ALL, "template": "latestPushedK", "params": {"latestPushedK": "3"}}
    policy = {"name": "wrong", "rules": [good], "trigger": cron}
    assert "cron" in api.ask("POST", "/namespaces/careful/retention/policies", policy, expect=400)["error_msg"]


class _Listener:
    """A target on loopback that keeps what it is sent, and fails as often as it is told."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.failures = 0
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.posts.append(({key.lower(): value for key, value in self.headers.items()}, body))
                listener.failures -= 1
                self.send_response(500 if listener.failures >= 0 else 204)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[_Listener]:
    """See `_Listener`."""
    found = _Listener()
    yield found
    found.close()


def test_triggers_post_what_happened_signed(server: Server, api: Api, listener: _Listener) -> None:
    """Push, scan with what it found, delete; the signature covers the body; a delivery can be replayed byte for byte."""
    _space(server, "heard", auto_scan=True)
    policy = {
        "name": "hook",
        "targets": [{"type": "http", "address": listener.url, "auth_header": "X-Key:secret"}],
        "event_types": ["PUSH_ARTIFACT", "SCANNING_COMPLETED", "DELETE_ARTIFACT"],
        "enabled": True,
    }
    number = api.ask("POST", "/namespaces/heard/webhook/policies", policy, expect=201)["id"]
    layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("quiet 1")})
    digest = server.push("heard/app", [layer], tag="7")
    api.ask("DELETE", f"/namespaces/heard/repositories/app/artifacts/{digest}", expect=204)

    posts = wait(lambda: listener.posts if len(listener.posts) >= 3 else None)
    found = {json.loads(body)["type"]: json.loads(body) for _, body in posts}
    headers, body = posts[0]
    secret = signing_secret(server.context, number)
    jobs = wait(lambda: _all_done(api, number))
    replay(server.context, server.instance, jobs[-1]["id"])
    again = wait(lambda: listener.posts[3:] or None)

    assert set(found) == {"PUSH_ARTIFACT", "SCANNING_COMPLETED", "DELETE_ARTIFACT"}
    resource = found["PUSH_ARTIFACT"]["event_data"]["resources"][0]
    assert (resource["digest"], resource["tag"], resource["resource_url"]) == (digest, "7", "heard/app:7")
    scanned = found["SCANNING_COMPLETED"]["event_data"]["resources"][0]["scan_overview"]
    assert (scanned["added"], scanned["fixed"]) == ([], [])
    assert headers["x-hullscan-signature"] == "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["x-key"] == "secret"
    assert again[0][1] in [body for _, body in posts[:3]]


def _all_done(api: Api, number: int) -> list[dict[str, Any]] | None:
    found: list[dict[str, Any]] = api.ask("GET", f"/namespaces/heard/webhook/policies/{number}/jobs")["jobs"]
    return found if all(one["status"] == "Succeed" for one in found) else None


def test_a_target_that_fails_is_tried_again(server: Server, api: Api, listener: _Listener) -> None:
    """The first answer is 500: the delivery waits, says so, and goes out again."""
    _space(server, "patient")
    policy = {"name": "hook", "targets": [{"address": listener.url}], "event_types": ["PUSH_ARTIFACT"]}
    number = api.ask("POST", "/namespaces/patient/webhook/policies", policy, expect=201)["id"]
    listener.failures = 1
    server.push("patient/app", _layer("x"))

    first = wait(lambda: listener.posts or None)
    job = wait(lambda: [one for one in _history(api, number) if one["status"] == "Pending" and one["status_text"]])
    assert "answered 500" in job[0]["status_text"]
    wait(lambda: len(listener.posts) == 2)
    assert listener.posts[1][1] == first[0][1]
    wait(lambda: _history(api, number)[0]["status"] == "Succeed")


def _history(api: Api, number: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.ask("GET", f"/namespaces/patient/webhook/policies/{number}/jobs")["jobs"]
    return found


def test_signatures_verify_as_cosign_verifies(server: Server, api: Api) -> None:
    """The payload names the digest, ECDSA over its bytes verifies with the public key; it is listed as an accessory."""
    _space(server, "signed")
    digest = server.push("signed/app", _layer("x"), tag="1")
    policy = {"name": "sign", "signature_key": "release", "scope_rules": [_ALL]}
    number = api.ask("POST", "/namespaces/signed/signature/policies", policy, expect=201)["id"]

    done = api.run(f"/namespaces/signed/signature/policies/{number}")
    again = api.run(f"/namespaces/signed/signature/policies/{number}")
    with server.registry() as client:
        tag = digest.replace(":", "-") + ".sig"
        layers = client.get(f"/v2/signed/app/manifests/{tag}").json()["layers"]
        payload = client.get(f"/v2/signed/app/blobs/{layers[0]['digest']}").content
    key = serialization.load_pem_public_key(public_key(server.context, "release", "ECDSA_SHA_256").encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signature = base64.b64decode(layers[0]["annotations"]["dev.cosignproject.cosign/signature"])
    key.verify(signature, payload, ec.ECDSA(hashes.SHA256()))
    accessories = api.ask("GET", f"/namespaces/signed/repositories/app/artifacts/{digest}/accessories")

    assert (done["succeed"], done["failed"], again["succeed"], len(layers)) == (1, 0, 1, 1)
    assert json.loads(payload)["critical"]["image"]["docker-manifest-digest"] == digest
    assert [one["type"] for one in accessories["accessories"]] == ["signature.cosign"]


def test_copies_to_and_from_another_registry(server: Server, api: Api) -> None:
    """This server stands for the other one: out of one namespace into a second, and back into a third, byte for byte."""
    for name in ("origin", "mirror", "back"):
        _space(server, name)
    digest = server.push("origin/team/app", _layer("copy"), tag="1")
    server.push("origin/team/app", _layer("other"), tag="dev")
    other = {
        "name": "peer",
        "url": server.url,
        "credential": {"type": "basic", "access_key": "admin", "access_secret": PASSWORD},
    }
    registry = api.ask("POST", "/registries", other, expect=201)["id"]
    shown = api.ask("GET", f"/registries/{registry}")
    push = {
        "name": "out",
        "dest_registry": {"id": registry},
        "dest_namespace": "mirror",
        "filters": [{"type": "name", "value": "origin/**"}, {"type": "tag", "value": "{1,2}"}],
        "enabled": True,
    }
    fetch = {
        "name": "in",
        "src_registry": {"id": registry},
        "dest_namespace": "back",
        "filters": [{"type": "name", "value": "mirror/team/app"}],
        "enabled": True,
    }
    for body in (push, fetch):
        number = api.ask("POST", "/replication/policies", body, expect=201)["id"]
        made = api.ask("POST", "/replication/executions", {"policy_id": number}, expect=201)["id"]
        run = wait(partial(_over, api, made))
        assert (run["status"], run["total"], run["succeed"]) == ("Succeed", 1, 1), run
        task = api.ask("GET", f"/replication/executions/{made}/tasks")["tasks"][0]
        subtasks = api.ask("GET", f"/replication/executions/{made}/tasks/{task['id']}/subtasks")["sub_tasks"]
        assert [(one["tag"], one["digest"]) for one in subtasks] == [("1", digest)]

    with server.registry() as client:
        for name in ("mirror", "back"):
            manifest = client.get(f"/v2/{name}/team/app/manifests/1").content
            assert digest_of(manifest) == digest
            for layer in json.loads(manifest)["layers"]:
                assert digest_of(client.get(f"/v2/{name}/team/app/blobs/{layer['digest']}").content) == layer["digest"]
            assert client.get(f"/v2/{name}/team/app/manifests/dev").status_code == 404
    assert (shown["status"], shown["credential"]["access_secret"]) == ("healthy", "")
    api.ask("DELETE", f"/registries/{registry}", expect=409)


def test_filters_of_replication_come_before_the_page(api: Api) -> None:
    """Policies of one registry are counted and paged by themselves; a change is checked as a new policy is."""
    base = {"url": "http://127.0.0.1:9", "credential": {"type": "basic", "access_key": "a", "access_secret": "b"}}
    first, second = (
        api.ask("POST", "/registries", {**base, "name": name, "type": kind}, expect=201)["id"]
        for name, kind in (("one", "swr-pro"), ("two", "huawei-SWR"))
    )
    numbers = [
        api.ask("POST", "/replication/policies", {"name": f"p{index}", "dest_registry": {"id": registry}}, expect=201)[
            "id"
        ]
        for index, registry in enumerate((first, first, second))
    ]

    page = api.ask("GET", f"/replication/policies?registry_id={second}&limit=1")
    kinds = api.ask("GET", "/registries?type=huawei-SWR&limit=1")
    changed = f"/replication/policies/{numbers[0]}"
    refused = api.ask("PUT", changed, {"src_registry": {"id": second}}, expect=400)
    unknown = api.ask("PUT", changed, {"dest_registry": {"id": 987654}}, expect=404)

    assert ([one["id"] for one in page["policies"]], page["total"]) == ([numbers[2]], 1)
    assert ([one["id"] for one in kinds["registries"]], kinds["total"]) == ([second], 1)
    assert refused["error_code"].endswith("4000014")
    assert unknown["error_code"].endswith("4040083")


def _over(api: Api, number: int) -> dict[str, Any] | None:
    found = [one for one in api.ask("GET", "/replication/executions")["executions"] if one["id"] == number]
    return found[0] if found[0]["status"] in ("Succeed", "Failed") else None


def test_sbom_and_report_are_attached_and_refreshed_only_when_they_changed(server: Server, api: Api) -> None:
    """As referrers with their types; the same content stays, a new one replaces the old."""
    _space(server, "told", auto_scan=True)
    layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("attached 1")})
    digest = server.push("told/app", [layer], tag="1")

    def run() -> list[list[str]]:
        command = [sys.executable, "-m", "hullscan", "attach", "told/app:1"]
        done = subprocess.run(command, env=server.environment, capture_output=True, text=True, check=True)
        return [line.split() for line in done.stdout.splitlines()]

    first, again = run(), run()
    with server.registry() as client:
        listed = client.get(f"/v2/told/app/referrers/{digest}").json()["manifests"]
        sbom = next(one for one in listed if one["artifactType"] == "application/vnd.cyclonedx+json")
        layers = client.get(f"/v2/told/app/manifests/{sbom['digest']}").json()["layers"]
        content = client.get(f"/v2/told/app/blobs/{layers[0]['digest']}").json()
    accessories = api.ask("GET", f"/namespaces/told/repositories/app/artifacts/{digest}/accessories")["accessories"]

    assert [(line[0], line[3]) for line in first] == [(f"{digest}:", "attached")] * 2
    assert [(line[0], line[3]) for line in again] == [(f"{digest}:", "unchanged")] * 2
    assert {one["digest"] for one in listed} == {line[2] for line in first}
    assert [one["name"] for one in content["components"]] == ["debian", "attached"]
    assert {one["type"] for one in accessories} == {"sbom.cyclonedx", "application/vnd.hullscan.report.v1+json"}


def test_docker_login_credentials(server: Server, api: Api) -> None:
    """Temporary and long-term passwords log in under the user's id; one that is switched off or deleted does not."""
    temporary = api.ask("POST", "/temp-credential", expect=201)
    lasting = api.ask("POST", "/long-term-credential", {"name": "ci-1"}, expect=201)
    api.ask("POST", "/long-term-credential", {"name": "ci-1"}, expect=409)

    def login(made: dict[str, Any]) -> int:
        with server.client() as client:
            return client.get("/v2/", auth=(made["user_id"], made["auth_token"])).status_code

    assert (login(temporary), login(lasting)) == (200, 200)
    listed = api.ask("GET", "/long-term-credentials")["auth_tokens"]
    assert [(one["name"], one["enable"], "auth_token" in one) for one in listed if one["name"] == "ci-1"] == [
        ("ci-1", True, False)
    ]
    api.ask("PUT", f"/long-term-credentials/{lasting['token_id']}", {"enable": False})
    wait(lambda: login(lasting) == 401)
    api.ask("DELETE", f"/long-term-credentials/{lasting['token_id']}", expect=204)
    api.ask("DELETE", f"/long-term-credentials/{lasting['token_id']}", expect=404)


def test_audit_log_tells_who_did_what(server: Server, api: Api) -> None:
    """Create, pull and delete are on record; the operation is mandatory."""
    _space(server, "watched")
    digest = server.push("watched/app", _layer("x"), tag="1")
    with server.registry() as client:
        client.get("/v2/watched/app/manifests/1")
        client.delete(f"/v2/watched/app/manifests/{digest}")

    def resources(operation: str) -> set[tuple[str, str]]:
        found = api.ask("GET", f"/audit-logs?operation={operation}&limit=100&offset=0")["audit_logs"]
        return {(one["resource"], one["username"]) for one in found if one["resource"].startswith("watched/")}

    assert resources("create") == {(f"watched/app@{digest}", "admin"), ("watched/app:1", "admin")}
    assert resources("delete") == {(f"watched/app@{digest}", "admin")}
    wait(lambda: resources("pull") == {("watched/app:1", "admin")})
    api.ask("GET", "/audit-logs", expect=400)


def test_garbage_collection_by_the_api(api: Api) -> None:
    """A run tells what it freed; a schedule says when it is next, and can be taken back."""
    order = {"schedule": {"type": "Manual"}, "parameters": {"dry_run": True}}
    number = api.ask("POST", "/system/gc/schedule", order, expect=201)["id"]
    task = wait(
        lambda: got if (got := api.ask("GET", f"/system/gc/{number}"))["job_status"] in ("Success", "Error") else None
    )
    api.ask("PUT", "/system/gc/schedule", {"schedule": {"type": "Custom", "cron": "0 30 1 * * *"}})
    shown = api.ask("GET", "/system/gc/schedule")["schedule"]
    api.ask("PUT", "/system/gc/schedule", {"schedule": {"type": "None"}})

    assert (task["job_status"], task["job_parameters"]["dry_run"]) == ("Success", True)
    assert shown["next_scheduled_time"].endswith("T01:30:00Z")
    assert api.ask("GET", "/system/gc/schedule")["schedule"]["type"] == "None"


def test_public_images_are_for_all_where_the_instance_allows_it(server: Server, api: Api) -> None:
    """Nobody pulls without `anonymous_access`; with it, nobody pulls what is not public. By the command or by SWR's API."""
    _space(server, "open", public=True)
    _space(server, "closed")
    for name in ("open", "closed"):
        server.push(f"{name}/app", _layer("x"))

    def pull(name: str) -> int:
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            return client.get(f"/v2/{name}/app/manifests/1").status_code

    before = (pull("open"), pull("closed"))
    api.ask("PUT", "/configurations", {"anonymous_access": True})
    after = (pull("open"), pull("closed"))
    command = [sys.executable, "-m", "hullscan", "namespace", "anonymous"]
    subprocess.run([*command, "--off"], env=server.environment, check=True)
    closed = (pull("open"), pull("closed"))
    subprocess.run(command, env=server.environment, check=True)
    opened = (pull("open"), pull("closed"))
    api.ask("PUT", "/configurations", {"anonymous_access": False})

    assert before == closed == (401, 401)
    assert after == opened == (200, 401)


def test_what_the_terraform_provider_sends_and_expects(api: Api, server: Server) -> None:
    """A null is a field that is not there; a manual trigger has no settings; tag filters have pages of up to 1,000."""
    _space(server, "planned")
    policy = {
        "name": "few",
        "rules": [{**_ALL, "template": "latestPushedK", "params": {"latestPushedK": 5}}],
        "trigger": {"type": "manual", "trigger_settings": None},
    }
    number = api.ask("POST", "/namespaces/planned/retention/policies", policy, expect=201)["id"]
    path = f"/namespaces/planned/retention/policies/{number}"
    api.ask("PUT", path, {"name": None, "enabled": True})

    shown = api.ask("GET", path)
    assert (shown["name"], shown["enabled"]) == ("few", True)
    assert shown["trigger"] == {"type": "manual", "trigger_settings": None}
    wanted = "/namespaces/resource-instances/filter?limit=200&offset=0"
    assert api.ask("POST", wanted, {"tags": None})["total_count"] > 0
