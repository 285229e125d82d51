"""Questions about all artifacts, and a refresh on a live server: what it changes, for exactly those that hold the package."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.conftest import Server
from builders import DEBIAN_12, digest_of, make_layer, osv_record, status, write_feed
from hullscan.services.artifacts.namespaces import create_default_namespace
from hullscan.services.upkeep.refresh import refresh_feeds


def _wait(what: Callable[[], Any]) -> Any:
    for _ in range(200):
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen within ten seconds")


@pytest.fixture(scope="module")
def fleet(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Three images; then an advisory appears in the mirror that concerns two of them."""
    feeds = tmp_path_factory.mktemp("fleet")
    create_default_namespace(server.context, "fleet", public=False, auto_scan=True)
    digests = {}
    for name, version in (("old", "fleetlib 1.0"), ("older", "fleetlib 0.9"), ("new", "fleetlib 2.0")):
        layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status(version), f"etc/{name}": b"x"})
        digests[name] = server.push(f"fleet/{name}", [layer])
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
    write_feed(feeds, [osv_record("CVE-2099-7777", "fleetlib", "fixed=1.5")], ecosystem="Debian")
    refresh_feeds(server.context, str(feeds))
    return {"digests": digests, "began": began, "feeds": feeds}


def _ask(server: Server, path: str, **headers: str) -> Any:
    with server.client(**{"X-Auth-Token": server.token()}, **headers) as client:
        answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer


def test_a_new_advisory_becomes_findings_and_changes(server: Server, fleet: dict[str, Any]) -> None:
    """For the two that hold it, and for no other; without anybody asking for their reports."""
    digests = fleet["digests"]

    def changes() -> Any:
        found = _ask(server, f"/api/v1/changes?since={fleet['began']}").json()["items"]
        mine = [one for one in found if one["flaw"] == "CVE-2099-7777"]
        return mine if len(mine) >= 2 else None

    found = _wait(changes)

    assert {(one["digest"], one["kind"], one["package"]) for one in found} == {
        (digests["old"], "added", "fleetlib"),
        (digests["older"], "added", "fleetlib"),
    }
    held = _ask(server, "/api/v1/artifacts?flaw=CVE-2099-7777").json()
    assert [(one["repository"], one["tags"], one["holds"]) for one in held["items"]] == [
        ("old", ["1"], ["fleetlib 1.0"]),
        ("older", ["1"], ["fleetlib 0.9"]),
    ]


def test_an_edited_description_moves_nothing(server: Server, fleet: dict[str, Any]) -> None:
    """A refresh with other words for the same risk writes no change."""
    before = _ask(server, f"/api/v1/changes?since={fleet['began']}&limit=1000").json()["items"]
    write_feed(fleet["feeds"], [osv_record("CVE-2099-7777", "fleetlib", "fixed=1.5", details="other words")])
    refresh_feeds(server.context, str(fleet["feeds"]))
    time.sleep(1.5)

    assert _ask(server, f"/api/v1/changes?since={fleet['began']}&limit=1000").json()["items"] == before


def test_who_holds_a_package_below_a_version(server: Server, fleet: dict[str, Any]) -> None:
    """By the ecosystem's own order of versions; in pages, or a line each."""
    all_of_them = _ask(server, "/api/v1/artifacts?package=fleetlib&type=deb").json()["items"]
    first = _ask(server, "/api/v1/artifacts?package=fleetlib&below=1.5&limit=1").json()
    second = _ask(server, f"/api/v1/artifacts?package=fleetlib&below=1.5&limit=1&cursor={first['next']}").json()
    lines = _ask(server, "/api/v1/artifacts?package=fleetlib&below=1.5", Accept="application/x-ndjson").text

    assert [one["repository"] for one in all_of_them] == ["old", "older", "new"]
    assert [one["repository"] for page in (first, second) for one in page["items"]] == ["old", "older"]
    assert second["next"] is None
    assert [json.loads(line)["repository"] for line in lines.splitlines()] == ["old", "older"]


def test_what_changed_between_two_images(server: Server, fleet: dict[str, Any]) -> None:
    """Packages and flaws that came and went."""
    digests = fleet["digests"]
    found = _ask(server, f"/api/v1/diff?from={digests['old']}&to={digests['new']}").json()

    assert found["flaws_removed"] == ["CVE-2099-7777 fleetlib 1.0"] and found["flaws_added"] == []
    assert [text.split("?")[0] for text in found["packages_added"]] == ["pkg:deb/debian/fleetlib@2.0"]


def test_what_an_image_was_built_on(server: Server, fleet: dict[str, Any]) -> None:
    """A base that is pushed later counts from then on, and is named with its place."""
    layers = [make_layer({f"etc/built-on-{name}": b"x"}) for name in ("base", "top")]
    digest = server.push("fleet/built", layers)
    before = _ask(server, f"/api/v1/bases?digest={digest}").json()["items"]

    base = server.push("fleet/base", layers[:1])
    [found] = _ask(server, f"/api/v1/bases?digest={digest}").json()["items"]

    assert before == []
    assert (found["rule"], found["artifact"], found["places"]) == ("shared-chain", base, ["fleet/base:1"])
    assert found["layers"] == [digest_of(layers[0])]


def test_top_fixes(server: Server, fleet: dict[str, Any]) -> None:
    """The update that removes both."""
    found = _ask(server, "/api/v1/fixes?limit=1000").json()["items"]

    assert {
        "ecosystem": "Debian:12",
        "package": "fleetlib",
        "fix_version": "1.5",
        "findings": 2,
        "artifacts": 2,
    } in found


@pytest.mark.parametrize(
    ("path", "status_code"),
    [
        ("/api/v1/artifacts", 400),
        ("/api/v1/artifacts?flaw=A&package=b", 400),
        ("/api/v1/changes?since=yesterday", 400),
        ("/api/v1/artifacts?package=x&limit=0", 400),
        ("/api/v1/diff?from=sha256:1&to=sha256:2", 404),
        ("/api/v1/bases?digest=1", 400),
        (f"/api/v1/bases?digest={digest_of(b'')}", 404),
    ],
)
def test_bad_questions(server: Server, path: str, status_code: int) -> None:
    """Named, not guessed."""
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        assert client.get(path).status_code == status_code
    with server.client() as client:
        assert client.get(path).status_code == 401


def test_the_command_asks_the_same(server: Server, fleet: dict[str, Any], tmp_path: Path) -> None:
    """``hullscan fleet``: a line each."""

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "hullscan", "fleet", *words]
        return subprocess.run(command, env=server.environment, capture_output=True, text=True, check=True).stdout

    held = [json.loads(line)["repository"] for line in run("find", "CVE-2099-7777").splitlines()]
    assert held == ["old", "older"]
    assert "CVE-2099-7777" in run("changes", "--since", fleet["began"])
    assert "- CVE-2099-7777 fleetlib 1.0" in run("diff", fleet["digests"]["old"], fleet["digests"]["new"])
    assert "fleetlib → 1.5" in run("fixes", "--limit", "1000")


def test_an_attached_sbom_is_a_second_opinion(server: Server, fleet: dict[str, Any]) -> None:
    """The pusher's SBOM has an inventory and findings of its own, to be compared with what is in the image."""
    digest = fleet["digests"]["new"]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [
            {"type": "operating-system", "name": "debian", "version": "12"},
            *(
                {
                    "type": "library",
                    "name": name,
                    "version": version,
                    "purl": f"pkg:deb/debian/{name}@{version}?arch=arm64",
                }
                for name, version in (("fleetlib", "0.5"), ("static", "1.0"))
            ),
        ],
    }
    data, empty = json.dumps(bill).encode(), b"{}"
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind,
        "artifactType": "application/vnd.cyclonedx+json",
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest_of(empty), "size": 2},
        "layers": [{"mediaType": "application/vnd.cyclonedx+json", "digest": digest_of(data), "size": len(data)}],
        "subject": {"mediaType": kind, "digest": digest, "size": 1},
    }
    text = json.dumps(manifest).encode()
    with server.registry() as client:
        for blob in (data, empty):
            answer = client.post("/v2/fleet/new/blobs/uploads/", params={"digest": digest_of(blob)}, content=blob)
            assert answer.status_code == 201
        answer = client.put(f"/v2/fleet/new/manifests/{digest_of(text)}", content=text, headers={"Content-Type": kind})
        assert answer.status_code == 201, answer.text

    told = _ask(server, f"/api/v1/diff?from={digest}&to={digest_of(text)}").json()

    assert told["packages_added"] == ["pkg:deb/debian/fleetlib@0.5", "pkg:deb/debian/static@1.0"]
    assert told["packages_removed"] == ["pkg:deb/debian/fleetlib@2.0"]
    assert told["flaws_added"] == ["CVE-2099-7777 fleetlib 0.5"]
    assert told["flaws_removed"] == []
