"""The registry, by plain HTTP and by skopeo: rules that other registries break (registry-traps.md)."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from api.conftest import PASSWORD, Server, running_server
from builders import DEBIAN_12, digest_of, make_artifact, make_image, make_layer, status, write_layout
from hullscan.services.reports.report import report_row
from waiting import eventually

_INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def test_nobody_is_told_how_to_log_in(server: Server) -> None:
    """The challenge is one Bearer line whose realm is the request's own host."""
    with server.client() as client:
        answer = client.get("/v2/")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == f'Bearer realm="{server.url}/v2/token",service="hullscan"'


@pytest.mark.parametrize(("host", "expected"), [("[::1]:5000", "[::1]:5000"), ('a",scope="b', "localhost")])
def test_a_challenge_keeps_its_quotes(server: Server, host: str, expected: str) -> None:
    """Whatever a client, or a proxy before the server, calls it."""
    with server.client(Host=host) as client:
        challenge = client.get("/v2/").headers["WWW-Authenticate"]

    assert challenge == f'Bearer realm="http://{expected}/v2/token",service="hullscan"'


def test_a_bearer_token_opens_the_door(server: Server) -> None:
    """Basic at the token address, Bearer after it."""
    with server.registry() as client:
        token = client.get("/v2/token", params={"service": "hullscan"}).json()["token"]
    with server.client(Authorization=f"Bearer {token}") as client:
        assert client.get("/v2/").status_code == 200


def test_a_wrong_password_is_refused(server: Server) -> None:
    """401, and no hint which part was wrong."""
    with server.client() as client:
        assert client.get("/v2/", auth=("admin", "wrong")).status_code == 401


def test_an_unknown_namespace_says_how_to_make_it(server: Server) -> None:
    """A push to a namespace that does not exist is refused with a message that helps."""
    with server.registry() as client:
        answer = client.post("/v2/nowhere/app/blobs/uploads/")

    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"]) == (404, "NAME_UNKNOWN")
    assert "hullscan namespace create nowhere" in error["message"]


def test_chunks_in_order_only(server: Server) -> None:
    """A chunk that does not follow the last byte is 416, and says where to go on; what came before stays."""
    data = b"0123456789"
    with server.registry() as client:
        place = client.post("/v2/team/chunks/blobs/uploads/").headers["Location"]
        first = client.patch(place, content=data[:4], headers={"Content-Range": "0-3"})
        wrong = client.patch(place, content=data[:4], headers={"Content-Range": "0-3"})
        where = client.get(place)
        done = client.put(place, params={"digest": digest_of(data)}, content=data[4:], headers={"Content-Range": "4-9"})
        read = client.get(done.headers["Location"])

    assert (first.status_code, wrong.status_code, where.status_code) == (202, 416, 204)
    assert (where.headers["Range"], done.status_code, read.content) == ("0-3", 201, data)


def test_the_end_of_an_upload_may_be_sent_again(server: Server) -> None:
    """Its answer may be lost: what is here is answered as it was, and nothing else is (GoogleContainerTools/jib#4301)."""
    data = b"sent once, or twice"
    with server.registry() as client:
        place = client.post("/v2/team/again/blobs/uploads/").headers["Location"]
        answers = [client.put(place, params={"digest": digest_of(data)}, content=data) for _ in range(2)]
        other = client.put(place, params={"digest": digest_of(b"other")}, content=b"other")
        elsewhere = client.put(place.replace("/again/", "/app/"), params={"digest": digest_of(data)}, content=data)

    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert (other.status_code, elsewhere.status_code) == (404, 404)


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=-3", 206, b"789"),
        ("bytes=8-100", 206, b"89"),
        ("Bytes=2-4", 206, b"234"),
        ("bytes=500-0", 416, None),
        ("bytes=10-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=x-y", 416, None),
        ("bytes=0-1,4-5", 200, b"0123456789"),
        ("lines=0-1", 200, b"0123456789"),
    ],
)
def test_ranges(server: Server, asked: str, status: int, content: bytes | None) -> None:
    """RFC 9110: what can be met is 206, what cannot is 416; other units, and several ranges at once, are ignored."""
    data = b"0123456789"
    with server.registry() as client:
        client.post("/v2/team/ranges/blobs/uploads/", params={"digest": digest_of(data)}, content=data)
        answer = client.get(f"/v2/team/ranges/blobs/{digest_of(data)}", headers={"Range": asked})

    assert answer.status_code == status
    assert content is None or answer.content == content


def test_a_range_of_what_is_another_by_now_is_the_whole(server: Server) -> None:
    """``If-Range``: the part counts only where the content is still the client's (RFC 9110, 13.1.5)."""
    data = b"0123456789"
    with server.registry() as client:
        client.post("/v2/team/ranges/blobs/uploads/", params={"digest": digest_of(data)}, content=data)
        address = f"/v2/team/ranges/blobs/{digest_of(data)}"
        same = client.get(address, headers={"Range": "bytes=0-1", "If-Range": f'"{digest_of(data)}"'})
        other = client.get(address, headers={"Range": "bytes=0-1", "If-Range": '"other"'})

    assert ((same.status_code, same.content), (other.status_code, other.content)) == ((206, b"01"), (200, data))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_client_has_is_not_sent_again(server: Server, method: str) -> None:
    """``If-None-Match`` with the digest, as an entity tag or bare, is 304 for manifests and blobs."""
    layer = make_layer({"x": b"conditions"})
    digest = server.push("team/conditions", [layer])
    addresses = {
        "/v2/team/conditions/manifests/1": digest,
        f"/v2/team/conditions/manifests/{digest}": digest,
        f"/v2/team/conditions/blobs/{digest_of(layer)}": digest_of(layer),
    }
    with server.registry() as client:
        for address, tag in addresses.items():
            for told, status in ((f'"{tag}"', 304), (tag, 304), (f'W/"x", "{tag}"', 304), ("*", 304), ('"x"', 200)):
                answer = client.request(method, address, headers={"If-None-Match": told})
                assert (answer.status_code, answer.headers["ETag"]) == (status, f'"{tag}"'), (address, told)


@pytest.mark.parametrize("place", ["manifests", "blobs", "referrers"])
def test_a_digest_may_be_percent_encoded(server: Server, place: str) -> None:
    """``sha256%3A…``, as encodeURIComponent writes it, is the digest; so is an encoded slash in a name."""
    layer = make_layer({"x": b"encoded"})
    digest = server.push("team/encoded/app", [layer])
    wanted = digest_of(layer) if place == "blobs" else digest
    with server.registry() as client:
        plain = client.get(f"/v2/team/encoded/app/{place}/{wanted}")
        encoded = client.get(f"/v2/team/encoded%2Fapp/{place}/{wanted.replace(':', '%3A')}")

    assert (encoded.status_code, encoded.content) == (200, plain.content)


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("POST", "/v2/", "GET, HEAD"),
        ("DELETE", "/v2/team/app/tags/list", "GET, HEAD"),
        ("PATCH", "/v2/team/app/manifests/1", "DELETE, GET, HEAD, PUT"),
        ("GET", "/v2/team/app/blobs/uploads/", "POST"),
    ],
)
def test_a_method_that_is_not_known_here(server: Server, method: str, address: str, allowed: str) -> None:
    """405 says which are (RFC 9110, 15.5.6), and why in the registry's own form."""
    with server.registry() as client:
        answer = client.request(method, address)

    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.json()["errors"][0]["code"] == "UNSUPPORTED"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (f"/v2/team/app/tags/list?n={'9' * 5000}", "PAGINATION_NUMBER_INVALID"),
        ("/v2/_catalog?n=-1", "PAGINATION_NUMBER_INVALID"),
        (f"/v2/team/app/blobs/uploads/{'a' * 5000}", "BLOB_UPLOAD_UNKNOWN"),
        ("/v2/team/app/blobs/uploads/..%2F..%2Fetc", "NAME_UNKNOWN"),
        ("/v2/team/app%FF/manifests/1", "NAME_INVALID"),
    ],
)
def test_odd_addresses_are_refused_in_words(server: Server, address: str, code: str) -> None:
    """Never 500, and never another API's kind of error."""
    server.push("team/app", [make_layer({"x": b""})])
    with server.registry() as client:
        answer = client.get(address)

    assert answer.status_code in (400, 404)
    assert answer.json()["errors"][0]["code"] == code


@pytest.mark.parametrize(
    "told", ["Basic YQBiOmM=", "Negotiate abc", "Basic \xff\xfe", "Basic !", "Bearer nonsense", "Basic Og"]
)
def test_odd_credentials_are_401(server: Server, told: str) -> None:
    """Also at the door, where docker login looks: what is not understood does not log in."""
    with server.client() as client:
        answer = client.get("/v2/", headers={b"Authorization": told.encode("latin-1")})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")


def test_the_token_address_knows_passwords_only(server: Server) -> None:
    """An unknown grant is refused rather than answered with a token for nobody; a form has a limit."""
    with server.client() as client:
        refused = client.post("/v2/token", data={"grant_type": "refresh_token", "refresh_token": "x"})
        large = client.post("/v2/token", content=b"x" * 100_000)
        good = client.post("/v2/token", data={"grant_type": "password", "username": "admin", "password": PASSWORD})

    assert (refused.status_code, large.status_code, good.status_code) == (400, 413, 200)


def test_a_token_that_is_over_is_told_what_the_next_is_for(server: Server) -> None:
    """The challenge names the scope, so that a push that outlasts its token goes on (moby/moby#33558)."""
    with server.client(Authorization="Bearer over") as client:
        told = client.post("/v2/team/app/blobs/uploads/").headers["WWW-Authenticate"]
        catalog = client.get("/v2/_catalog").headers["WWW-Authenticate"]

    assert told.endswith(',scope="repository:team/app:pull,push"')
    assert catalog.endswith(',scope="registry:catalog:*"')


def test_the_catalog_needs_a_token_for_it(server: Server) -> None:
    """A token for one repository does not list the others; the challenge says what to ask for."""
    with server.registry() as client:
        narrow = client.get("/v2/token", params={"scope": "repository:team/app:pull"}).json()["token"]
        wide = client.get("/v2/token", params={"scope": "registry:catalog:*"}).json()["token"]
    with server.client() as client:
        refused = client.get("/v2/_catalog", headers={"Authorization": f"Bearer {narrow}"})
        listed = client.get("/v2/_catalog", headers={"Authorization": f"Bearer {wide}"})

    assert (refused.status_code, listed.status_code) == (401, 200)
    assert refused.headers["WWW-Authenticate"].endswith('scope="registry:catalog:*"')


def test_a_wrong_digest_leaves_no_blob(server: Server) -> None:
    """Bytes that are not what they are called never become visible."""
    wrong = digest_of(b"other")
    with server.registry() as client:
        answer = client.post("/v2/team/wrong/blobs/uploads/", params={"digest": wrong}, content=b"this")

        assert (answer.status_code, client.head(f"/v2/team/wrong/blobs/{wrong}").status_code) == (400, 404)


def test_sha512_keeps_its_name(server: Server) -> None:
    """The digest the client used is the digest it is answered with."""
    data = b"long digest"
    digest = "sha512:" + hashlib.sha512(data).hexdigest()
    with server.registry() as client:
        place = client.post("/v2/team/long/blobs/uploads/").headers["Location"]
        done = client.put(place, params={"digest": digest}, content=data)

        assert (done.status_code, done.headers["Docker-Content-Digest"]) == (201, digest)
        assert client.get(f"/v2/team/long/blobs/{digest}").content == data


def test_a_manifest_that_names_a_missing_blob_is_refused(server: Server) -> None:
    """Nothing is accepted that could not be pulled."""
    manifest, _ = make_image([make_layer({"x": b""})])
    with server.registry() as client:
        answer = client.put("/v2/team/sparse/manifests/1", content=manifest, headers={"Content-Type": _MANIFEST})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "MANIFEST_BLOB_UNKNOWN")


_CHILD = {"mediaType": _MANIFEST, "digest": f"sha256:{'0' * 64}", "size": 1}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"manifests": [_CHILD]}, _MANIFEST),
        ({"mediaType": _INDEX, "manifests": []}, _INDEX),
        ({"mediaType": None, "manifests": [_CHILD]}, _INDEX),
        ({}, _INDEX),
        ({}, "application/vnd.docker.distribution.manifest.v2+json"),
        ({"schemaVersion": 1}, _MANIFEST),
        ({"schemaVersion": None}, _MANIFEST),
        ({"artifactType": "a/\0"}, _MANIFEST),
        ({"layers": [{"mediaType": "a/b", "digest": f"sha256:{'0' * 64}", "size": 2**63}]}, _MANIFEST),
        ({"layers": [{"mediaType": "a/b", "digest": f"sha256:{'0' * 64}", "size": 2**61}] * 3}, _MANIFEST),
    ],
)
def test_a_manifest_is_one_thing_to_all(server: Server, changed: dict[str, object], told: str) -> None:
    """Layers and manifests at once, two media types, another schema or sizes beyond int64: refused (GHSA-mc8v-mgrf-8f4m)."""
    server.push("team/one", [make_layer({"x": b"one"})])
    with server.registry() as client:
        fields = {**client.get("/v2/team/one/manifests/1").json(), **changed}
        content = json.dumps({name: value for name, value in fields.items() if value is not None})
        answer = client.put("/v2/team/one/manifests/2", content=content, headers={"Content-Type": told})

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "MANIFEST_INVALID")


@pytest.mark.parametrize("told", [_MANIFEST, f"{_MANIFEST}; charset=utf-8", "application/json", ""])
def test_a_manifest_whose_client_says_less(server: Server, told: str) -> None:
    """What says its own media type needs none beside it; parameters are ignored (distribution-spec, "Pushing Manifests")."""
    server.push("team/one", [make_layer({"x": b"one"})])
    with server.registry() as client:
        content = client.get("/v2/team/one/manifests/1").content
        answer = client.put("/v2/team/one/manifests/3", content=content, headers={"Content-Type": told} if told else {})

    assert answer.status_code == 201


@pytest.mark.parametrize("part", ["config", "layers", "manifests"])
def test_a_manifest_says_the_sizes_of_its_parts(server: Server, part: str) -> None:
    """No client could pull it otherwise: the push is refused, with both sizes."""
    digest = server.push("team/sizes", [make_layer({"x": b"sizes"})])
    with server.registry() as client:
        answer = client.get("/v2/team/sizes/manifests/1")
        fields = answer.json()
        if part == "manifests":
            child = {"mediaType": _MANIFEST, "digest": digest, "size": len(answer.content) + 1}
            fields = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": [child]}
        else:
            wrong = fields[part][0] if part == "layers" else fields[part]
            wrong["size"] += 1
        told = {"Content-Type": fields["mediaType"]}
        answer = client.put("/v2/team/sizes/manifests/2", content=json.dumps(fields), headers=told)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "MANIFEST_INVALID")
    assert "bytes for sha256:" in answer.json()["errors"][0]["message"]


def test_referrers_of_what_nobody_pushed(server: Server) -> None:
    """200 with an empty index, also for an unknown repository."""
    with server.registry() as client:
        answer = client.get(f"/v2/team/unknown/referrers/sha256:{'0' * 64}")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, _INDEX)
    assert answer.json() == {"schemaVersion": 2, "mediaType": _INDEX, "manifests": []}


def test_a_subject_is_acknowledged_and_listed(server: Server) -> None:
    """OCI-Subject on the push; artifact type and annotations in the list."""
    subject = server.push("team/subject", [make_layer({"x": b""})])
    empty = b"{}"
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "artifactType": "application/vnd.example",
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest_of(empty), "size": 2},
            "layers": [],
            "subject": {"mediaType": _MANIFEST, "digest": subject, "size": 1},
            "annotations": {"a": "b"},
        }
    ).encode()
    with server.registry() as client:
        client.post("/v2/team/subject/blobs/uploads/", params={"digest": digest_of(empty)}, content=empty)
        put = client.put(
            f"/v2/team/subject/manifests/{digest_of(manifest)}", content=manifest, headers={"Content-Type": _MANIFEST}
        )
        (entry,) = client.get(f"/v2/team/subject/referrers/{subject}").json()["manifests"]

    assert put.headers["OCI-Subject"] == subject
    assert (entry["artifactType"], entry["annotations"]) == ("application/vnd.example", {"a": "b"})


def test_many_referrers_come_in_pages(server: Server) -> None:
    """No page is larger than a manifest, since clients read no more; each keeps the filter, and none is lost or comes twice."""
    subject = server.push("team/signed", [make_layer({"x": b""})])
    fields = json.loads(make_artifact("application/vnd.oci.empty.v1+json", "application/vnd.oci.empty.v1+json")[0])
    fields |= {"subject": {"mediaType": _MANIFEST, "digest": subject, "size": 1}, "annotations": {"a": "x" * 900_000}}
    told = {"Content-Type": _MANIFEST}
    with server.registry() as client:
        client.post("/v2/team/signed/blobs/uploads/", params={"digest": digest_of(b"{}")}, content=b"{}")
        pushed = []
        for number in range(10):
            data = json.dumps({**fields, "artifactType": f"application/vnd.{number % 2}", "n": number}).encode()
            pushed.append(digest_of(data))
            assert client.put(f"/v2/team/signed/manifests/{pushed[-1]}", content=data, headers=told).status_code == 201
        listed: dict[str, list[list[str]]] = {}
        for asked in ("", "?artifactType=application/vnd.1"):
            address, pages = f"/v2/team/signed/referrers/{subject}{asked}", listed.setdefault(asked, [])
            while address:
                answer = client.get(address)
                assert (answer.status_code, len(answer.content) <= 4 * 1024 * 1024) == (200, True)
                pages.append([one["digest"] for one in answer.json()["manifests"]])
                address = answer.links.get("next", {}).get("url", "")

    assert [len(page) for page in listed[""]] == [4, 4, 2]
    assert [one for page in listed[""] for one in page] == pushed
    assert [one for page in listed["?artifactType=application/vnd.1"] for one in page] == pushed[1::2]


def test_tags_are_sorted_and_paged(server: Server) -> None:
    """Byte order; ``last`` is exclusive; ``n=0`` is empty, without a Link."""
    for tag in ("b", "a", "C", "a1"):
        server.push("team/tags", [make_layer({"x": b""})], tag)
    with server.registry() as client:
        whole = client.get("/v2/team/tags/tags/list").json()["tags"]
        page = client.get("/v2/team/tags/tags/list", params={"n": 2})
        rest = client.get("/v2/team/tags/tags/list", params={"last": "a"}).json()["tags"]
        none = client.get("/v2/team/tags/tags/list", params={"n": 0})

    assert (whole, page.json()["tags"], rest) == (["C", "a", "a1", "b"], ["C", "a"], ["a1", "b"])
    assert 'rel="next"' in page.headers["Link"] and none.json()["tags"] == [] and "Link" not in none.headers


def test_a_blob_deleted_here_stays_elsewhere(server: Server) -> None:
    """De-duplication shows nobody another repository's blobs."""
    data = b"shared bytes"
    with server.registry() as client:
        for name in ("one", "two"):
            client.post(f"/v2/team/{name}/blobs/uploads/", params={"digest": digest_of(data)}, content=data)
        gone = client.delete(f"/v2/team/one/blobs/{digest_of(data)}")

        assert gone.status_code == 202
        assert client.get(f"/v2/team/one/blobs/{digest_of(data)}").status_code == 404
        assert client.get(f"/v2/team/two/blobs/{digest_of(data)}").content == data


@pytest.mark.parametrize("reference", ["sha256:baddigeststring", "sha256:" + "A" * 64])
def test_malformed_digests_are_400(server: Server, reference: str) -> None:
    """Never 500."""
    with server.registry() as client:
        assert client.get(f"/v2/team/x/blobs/{reference}").status_code == 400


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not on this machine")
def test_skopeo_pushes_and_pulls(server: Server, tmp_path: Path) -> None:
    """A real client's round trip gives the same bytes."""
    layers = [make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("bash 5-1")})]
    digest = write_layout(tmp_path / "in", layers)
    place = server.url.removeprefix("http://") + "/team/skopeo/app:1"
    copy = ["skopeo", "copy", "-q", "--insecure-policy"]
    login = f"admin:{PASSWORD}"
    tls = "--{}-tls-verify=false"
    subprocess.run(
        [*copy, tls.format("dest"), "--dest-creds", login, f"oci:{tmp_path}/in:latest", f"docker://{place}"], check=True
    )
    subprocess.run(
        [*copy, tls.format("src"), "--src-creds", login, f"docker://{place}", f"oci:{tmp_path}/out:latest"], check=True
    )

    index = json.loads((tmp_path / "out" / "index.json").read_text())
    assert index["manifests"][0]["digest"] == digest


def test_a_layer_that_comes_after_its_manifest(tmp_path: Path) -> None:
    """Where manifests may come first, the report says what is missing, and nothing any more once that has come."""
    manifest, blobs = make_image([make_layer({"etc/os-release": DEBIAN_12})])
    with running_server(tmp_path, "team", HULLSCAN_SPARSE_MANIFESTS="true") as server, server.registry() as client:
        answer = client.put("/v2/team/late/manifests/1", content=manifest, headers={"Content-Type": _MANIFEST})
        assert answer.status_code == 201
        before = _problems(server, digest_of(manifest))
        for digest, data in blobs.items():
            assert client.post("/v2/team/late/blobs/uploads/", params={"digest": digest}, content=data).is_success
        whole = eventually(lambda: "layer-missing" not in _problems(server, digest_of(manifest)))

    assert "layer-missing" in before and whole


def _problems(server: Server, digest: str) -> set[str]:
    row = report_row(server.context, digest)
    return {one.code for one in row.problems} if row else {"layer-missing"}


def test_what_the_disk_lost_is_not_here(server: Server) -> None:
    """404 for blob and manifest, and no mount of it: a client sends it again, and then all is well (distribution#4872)."""
    manifest, blobs = make_image([make_layer({"lost": b"1"})])
    with server.registry() as client:

        def push(*answers: str) -> None:
            for digest, data in blobs.items():
                if digest in answers:
                    client.post("/v2/team/lost/blobs/uploads/", params={"digest": digest}, content=data)
            client.put("/v2/team/lost/manifests/1", content=manifest, headers={"Content-Type": _MANIFEST})

        push(*blobs)
        layer = list(blobs)[1]
        for digest in (layer, digest_of(manifest)):
            path = server.context.blobs.local_path(digest)
            assert path is not None
            path.unlink()
        places = (f"/v2/team/lost/blobs/{layer}", "/v2/team/lost/manifests/1")
        away = [client.request(method, place).status_code for place in places for method in ("HEAD", "GET")]
        mounted = client.post("/v2/team/found/blobs/uploads/", params={"mount": layer, "from": "team/lost"})
        push(layer)
        back = [client.request(method, place).status_code for place in places for method in ("HEAD", "GET")]

    assert (away, mounted.status_code, back) == ([404] * 4, 202, [200] * 4)
