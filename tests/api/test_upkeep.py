"""Garbage collection and fsck of a real server's store; quotas; blocked pulls; scoped tokens."""

import json
import os
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from api.conftest import PASSWORD, Server
from builders import DEBIAN_12, digest_of, make_artifact, make_image, make_layer, osv_record, status, write_feed
from hullscan.services.access.first_start import first_start
from hullscan.services.access.people import attach_policy, create_user, put_policy
from hullscan.services.artifacts.namespaces import create_default_namespace, set_quota, update_namespace
from hullscan.services.artifacts.push import MissingBlobs, accept_manifest
from hullscan.services.artifacts.uploads import Uploads
from hullscan.services.context import Context
from hullscan.services.upkeep.collect import collect
from hullscan.services.upkeep.fsck import check_store
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.store.artifacts.artifact_rows import find_artifact, remove_artifact
from hullscan.store.database import reading, writing
from hullscan.store.places.namespaces import find_namespace
from hullscan.store.places.repositories import ensure_repository
from hullscan.store.tables.content import blob, repository_blob

_OCI = "application/vnd.oci.image.manifest.v1+json"
_NONE = timedelta(0)


class Store:
    """A store without a server, pushed to by the services that the registry calls."""

    def __init__(self, context: Context) -> None:
        self.context = context
        create_default_namespace(context, "team", public=False, auto_scan=False)
        instance = _instance(context)
        with writing(context.engine) as connection:
            self.space = find_namespace(connection, instance, "team")
            assert self.space is not None
            self.repository = ensure_repository(connection, self.space.id, "app", self.space.created_at)
        self.uploads = Uploads(context)

    def upload(self, data: bytes) -> None:
        """Push one blob."""
        upload_id = self.uploads.begin(self.repository)
        self.uploads.append(upload_id, [data])
        self.uploads.finish(self.repository, upload_id, digest_of(data))  # type: ignore[arg-type]

    def accept(self, manifest: bytes, *tags: str) -> str:
        """Push one manifest."""
        digest = digest_of(manifest)
        assert self.space is not None
        accept_manifest(
            self.context,
            self.space,
            self.repository,
            digest=digest,
            tags=tags,
            media_type="",
            data=manifest,
        )
        return digest

    def delete(self, digest: str) -> None:
        """Delete one artifact."""
        with writing(self.context.engine) as connection:
            found = find_artifact(connection, self.repository, digest)
            assert found is not None
            remove_artifact(connection, self.repository, found.id)


def _instance(context: Context) -> str:
    from hullscan.services.upkeep.status import service_status

    return str(service_status(context)["instance_id"])


@pytest.fixture
def store(context: Context) -> Store:
    """A store of its own, on each database."""
    first_start(context)
    return Store(context)


def _image(text: str) -> tuple[bytes, dict[str, bytes]]:
    return make_image([make_layer({"etc/motd": text.encode()})])


def test_what_nothing_names_goes_and_what_is_named_stays(store: Store) -> None:
    """A deleted image's blobs go, but for those that another image names; a dry run says so and removes nothing."""
    base = make_layer({"etc/base": b"shared"})
    first, first_blobs = make_image([base, make_layer({"a": b"1"})])
    second, second_blobs = make_image([base, make_layer({"b": b"2"})])
    for data in {**first_blobs, **second_blobs}.values():
        store.upload(data)
    kept = store.accept(first, "1")
    gone = store.accept(second, "2")
    store.delete(gone)

    planned = collect(store.context, grace=_NONE, dry_run=True)
    before = {one.digest for one in store.context.blobs.stored()}
    done = collect(store.context, grace=_NONE)
    after = {one.digest for one in store.context.blobs.stored()}

    assert before == {kept, gone, *first_blobs, *second_blobs}
    assert after == {kept, *first_blobs}
    assert (planned.files, planned.freed_bytes, planned.blobs) == (done.files, done.freed_bytes, done.blobs)
    assert done.freed_bytes == len(second) + sum(len(second_blobs[one]) for one in second_blobs.keys() - first_blobs)
    assert check_store(store.context).faults == ()


def test_within_the_grace_time_nothing_goes(store: Store) -> None:
    """Blobs that wait for their manifest stay."""
    manifest, blobs = _image("waiting")
    for data in blobs.values():
        store.upload(data)

    done = collect(store.context)

    assert done.files == 0
    store.accept(manifest, "1")
    assert check_store(store.context).faults == ()


def test_a_manifest_after_the_collection_is_refused_not_broken(store: Store) -> None:
    """Collected blobs make the manifest's push fail, so that the client sends them again; then all is well."""
    manifest, blobs = _image("late")
    for data in blobs.values():
        store.upload(data)
    collect(store.context, grace=_NONE)

    with pytest.raises(MissingBlobs):
        store.accept(manifest, "1")
    for data in blobs.values():
        store.upload(data)
    store.accept(manifest, "1")
    collect(store.context, grace=_NONE)

    assert check_store(store.context).faults == ()


def test_untagged_artifacts_go_by_age(store: Store) -> None:
    """What has no tag goes; a tag, an index that names it, or a subject that is there keeps it."""
    images = [_image(str(number)) for number in range(4)]
    for _, blobs in images:
        for data in blobs.values():
            store.upload(data)
    tagged, in_index, lonely = (store.accept(images[0][0], "1"), store.accept(images[1][0]), store.accept(images[2][0]))
    signature = json.loads(images[3][0])
    signature["subject"] = {"mediaType": _OCI, "digest": tagged, "size": len(images[0][0])}
    signed = store.accept(json.dumps(signature).encode())
    child = {"mediaType": _OCI, "digest": in_index, "size": len(images[1][0])}
    store.accept(json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": [child]}).encode(), "all")

    assert collect(store.context, untagged=timedelta(days=1)).artifacts == 0
    assert collect(store.context, untagged=_NONE).artifacts == 1

    with reading(store.context.engine) as connection:
        there = [find_artifact(connection, store.repository, one) is not None for one in (tagged, in_index, signed)]
        assert (there, find_artifact(connection, store.repository, lonely)) == ([True] * 3, None)


def test_cosigns_tags_keep_nothing_by_themselves(store: Store) -> None:
    """What they hang on an artifact goes after it (project-zot/zot#906), also if it came before its tag; other tags keep it."""
    manifest, blobs = _image("signed")
    signature, payload = make_artifact("application/vnd.oci.image.config.v1+json", _SIGNATURE)
    named, more = make_artifact("application/vnd.oci.image.config.v1+json", _SIGNATURE, b"{ }")
    for data in (*blobs.values(), *payload.values(), *more.values()):
        store.upload(data)
    signed = store.accept(manifest, "1")
    by_tag = signed.replace(":", "-") + ".sig"
    hanging = store.accept(signature)
    store.accept(signature, by_tag)
    kept = store.accept(named, by_tag.replace(".sig", ".att"), "mine")
    before = collect(store.context, untagged=_NONE).artifacts
    store.delete(signed)
    after = collect(store.context, untagged=_NONE).artifacts

    with reading(store.context.engine) as connection:
        there = [
            find_artifact(connection, store.repository, one) is not None for one in (hanging, by_tag, kept, "mine")
        ]
    assert (before, after, there) == (0, 1, [False, False, True, True])


_SIGNATURE = "application/vnd.dev.cosign.simplesigning.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"


def test_given_up_uploads_go(store: Store) -> None:
    """Their rows and their files, and files that no row names."""
    upload_id = store.uploads.begin(store.repository)
    store.uploads.append(upload_id, [b"half"])
    folder = store.context.settings.data_dir / "uploads"
    (folder / "left").write_bytes(b"over")

    assert collect(store.context).uploads == 0
    for path in folder.iterdir():
        os.utime(path, (1, 1))
    assert collect(store.context, grace=_NONE, dry_run=True).uploads == 2
    assert collect(store.context, grace=_NONE).uploads == 2

    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("code", ["damaged", "size", "missing", "incomplete", "unnamed"])
def test_fsck_finds_every_fault_and_repairs_by_a_new_push(store: Store, code: str) -> None:
    """Bytes, sizes, files without rows and rows without files; after a repair the same push heals the store."""
    manifest, blobs = _image("x")
    for data in blobs.values():
        store.upload(data)
    digest = store.accept(manifest, "1")
    layer = max(blobs, key=lambda one: len(blobs[one]))
    path = store.context.blobs.local_path(layer)
    assert path is not None
    assert check_store(store.context).faults == ()
    if code == "damaged":
        path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    elif code == "size":
        path.write_bytes(path.read_bytes() + b"x")
    elif code == "missing":
        path.unlink()
    elif code == "incomplete":
        with writing(store.context.engine) as connection:
            connection.execute(sa.delete(repository_blob))
            connection.execute(sa.delete(blob).where(blob.c.digest == layer))
    else:
        store.context.blobs.put(digest_of(b"stray"), b"stray")

    found = check_store(store.context, repair=True)

    if code == "unnamed":
        assert (found.faults, found.unnamed) == ((), 1)
        return
    assert code in {one.code for one in found.faults}
    assert {one.digest for one in found.faults} <= {layer, digest}
    for data in blobs.values():
        store.upload(data)
    store.accept(manifest, "1")
    assert check_store(store.context).faults == ()


def test_quotas_are_kept_at_upload(server: Server) -> None:
    """Bytes by Content-Length and as they come, artifacts at the manifest; a blob that is there already costs nothing."""
    create_default_namespace(server.context, "small", public=False, auto_scan=False)
    manifest, blobs = _image("small")
    size = sum(len(data) for data in blobs.values())
    set_quota(server.context, server.instance, "small", quota_bytes=size, quota_artifacts=1)
    with server.registry() as client:
        for digest, data in blobs.items():
            assert client.post("/v2/small/a/blobs/uploads/", params={"digest": digest}, content=data).status_code == 201
        more = client.post("/v2/small/a/blobs/uploads/", params={"digest": digest_of(b"more")}, content=b"more")
        place = client.post("/v2/small/a/blobs/uploads/").headers["Location"]
        streamed = client.patch(place, content=iter([b"mo", b"re"]))
        put = {"content": manifest, "headers": {"Content-Type": _OCI}}
        accepted = client.put("/v2/small/a/manifests/1", **put)  # type: ignore[arg-type]
        again = client.put("/v2/small/a/manifests/2", **put)  # type: ignore[arg-type]
        other = client.put("/v2/small/b/manifests/1", **put)  # type: ignore[arg-type]

    assert [answer.status_code for answer in (more, streamed, accepted, again)] == [403, 403, 201, 201]
    assert "quota" in more.json()["errors"][0]["message"]
    assert other.status_code in (403, 404)


def test_a_mount_counts(server: Server) -> None:
    """A blob of another namespace takes room as one that is sent does (goharbor/website#691), and once in a namespace."""
    create_default_namespace(server.context, "tight", public=False, auto_scan=False)
    set_quota(server.context, server.instance, "tight", quota_bytes=10, quota_artifacts=None)
    with server.registry() as client:
        for data in (b"ten bytes!", b"eleven byte"):
            client.post("/v2/team/source/blobs/uploads/", params={"digest": digest_of(data)}, content=data)

        def mount(name: str, data: bytes) -> int:
            query = {"mount": digest_of(data), "from": "team/source"}
            return client.post(f"/v2/tight/{name}/blobs/uploads/", params=query).status_code

        answers = [mount("a", b"eleven byte"), mount("a", b"ten bytes!"), mount("b", b"ten bytes!")]

    assert answers == [403, 201, 201]


def test_a_mount_from_where_one_may_not_read(server: Server) -> None:
    """Begins an upload (202), whether the blob is there or not: clients send it then, and learn nothing (containerd#14086)."""
    statement = {"Effect": "Allow", "Action": ["swr:repository:*"], "Resource": ["swr:*:*:repository:*/team/*"]}
    create_user(server.context, "mounter", PASSWORD)
    put_policy(server.context, "team-alone", json.dumps({"Version": "5.0", "Statement": [statement]}))
    attach_policy(server.context, "team-alone", project="local-1", user="mounter")
    with server.registry() as client:
        for name, data in (("quiet/secret", b"there"), ("team/known", b"there"), ("quiet/secret", b"only there")):
            client.post(f"/v2/{name}/blobs/uploads/", params={"digest": digest_of(data)}, content=data)
    with httpx.Client(base_url=server.url, auth=("mounter", PASSWORD), trust_env=False, timeout=30) as client:

        def mount(data: bytes, source: str) -> int:
            query = {"mount": digest_of(data), "from": source} if source else {"mount": digest_of(data)}
            return client.post("/v2/team/mine/blobs/uploads/", params=query).status_code

        refused = [mount(b"there", "quiet/secret"), mount(b"not there", "quiet/secret"), mount(b"only there", "")]
        read = client.head(f"/v2/quiet/secret/blobs/{digest_of(b'there')}").status_code
        allowed = mount(b"there", "team/known")

    assert (refused, read, allowed) == ([202, 202, 202], 403, 201)


def test_uploads_at_once_share_the_room(server: Server) -> None:
    """Each was told of the same room when it began; of those that end, the first has it."""
    create_default_namespace(server.context, "narrow", public=False, auto_scan=False)
    set_quota(server.context, server.instance, "narrow", quota_bytes=10, quota_artifacts=None)
    with server.registry() as client:
        places = [client.post("/v2/narrow/a/blobs/uploads/").headers["Location"] for _ in range(2)]
        parts = (b"seven..", b"seven!!")
        for place, data in zip(places, parts, strict=True):
            assert client.patch(place, content=data).status_code == 202
        ends = [
            client.put(place, params={"digest": digest_of(data)}).status_code
            for place, data in zip(places, parts, strict=True)
        ]

    assert ends == [201, 403]


def test_pulls_are_blocked_by_severity_and_allowlist(server: Server, tmp_path: Path) -> None:
    """412 until the scan is done and while a finding of the threshold stands; an allowlisted CVE does not count."""
    record = osv_record("CVE-2099-0007", "blocky", "fixed=2", severity=[{"type": "CVSS_V3", "score": _CRITICAL}])
    write_feed(tmp_path, [record])
    refresh_feeds(server.context, str(tmp_path))
    create_default_namespace(server.context, "guarded", public=False, auto_scan=True)
    update_namespace(server.context, server.instance, "guarded", prevent_vul=True, severity="high")
    bad = [make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("blocky 1")})]
    good = [make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("blocky 2")})]
    server.push("guarded/bad", bad)
    server.push("guarded/good", good)

    def pull(name: str) -> httpx.Response:
        with server.registry() as client:
            return client.get(f"/v2/guarded/{name}/manifests/1", headers={"Accept": _OCI})

    refused = pull("bad")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (412, "PROJECTPOLICYVIOLATION")
    assert "CVE-2099-0007" in refused.json()["errors"][0]["message"]
    assert pull("good").status_code == 200
    update_namespace(server.context, server.instance, "guarded", allowlist=("CVE-2099-0007",))
    assert pull("bad").status_code == 200
    update_namespace(server.context, server.instance, "guarded", allowlist=(), auto_scan=False)
    server.push("guarded/new", [make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("blocky 1-1")})])
    assert pull("new").status_code == 412


_CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def test_a_registry_token_opens_only_what_it_was_asked_for(server: Server) -> None:
    """A token for pulling one repository neither pushes there nor pulls elsewhere; the refusal names the scope to ask for."""
    server.push("team/scoped", [make_layer({"a": b"1"})])
    with server.client() as client:
        asked = {"service": "hullscan", "scope": "repository:team/scoped:pull"}
        token = client.get("/v2/token", params=asked, auth=("admin", PASSWORD)).json()["token"]
    with server.client(Authorization=f"Bearer {token}") as client:
        pulled = client.get("/v2/team/scoped/manifests/1")
        pushed = client.post("/v2/team/scoped/blobs/uploads/")
        elsewhere = client.get("/v2/team/other/manifests/1")

    assert [one.status_code for one in (pulled, pushed, elsewhere)] == [200, 401, 401]
    assert 'scope="repository:team/scoped:pull,push"' in pushed.headers["WWW-Authenticate"]
