"""hullscan's own SBOM and report, attached to images as referrers."""

import json

import pytest

from builders import DEBIAN_12, make_artifact, make_image, make_index, make_layer, status
from hullscan.errors import UnreadableInput
from hullscan.services.artifacts.attach import REPORT_TYPE, SBOM_TYPE, attach
from hullscan.services.context import Context
from hullscan.store.artifacts.artifact_rows import list_artifacts
from hullscan.store.database import reading
from world import World

_FILES = {"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("libssl3 3.0.9-1 openssl")}


def _hanging(context: Context, digest: str) -> list[tuple[str, list[str]]]:
    """Return the types of what hangs on *digest*, and of SBOMs the packages."""
    found = []
    with reading(context.engine) as connection:
        rows = list_artifacts(connection, repository_id=1, accessory_of=digest)
    for row in rows:
        manifest = json.loads(b"".join(context.blobs.read(row.digest)))
        content = json.loads(b"".join(context.blobs.read(manifest["layers"][0]["digest"])))
        found.append((row.artifact_type, [one["name"] for one in content.get("components", ()) if "purl" in one]))
    return sorted(found)


def test_an_image(context: Context) -> None:
    """Its SBOM and report, once: what has not changed stays."""
    world = World(context)
    digest = world.push("app", make_layer(_FILES), "1")
    first = attach(context, world.instance, "team", "app", "1")
    again = attach(context, world.instance, "team", "app", "1")

    assert [(one.subject, one.changed) for one in first] == [(digest, True)] * 2
    assert [(one.digest, one.changed) for one in again] == [(one.digest, False) for one in first]
    assert _hanging(context, digest) == [(SBOM_TYPE, ["libssl3"]), (REPORT_TYPE, [])]


def test_an_index(context: Context) -> None:
    """To each of its images, also within an index in it; what is no image has none."""
    world = World(context)
    other = make_image([make_layer({**_FILES, "var/lib/dpkg/status": status("zlib1g 1.2.13-1 zlib")})])
    images = [make_image([make_layer(_FILES)]), other]
    chart = make_artifact("application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart")
    digests = [world.push_manifest("app", *one) for one in (*images, chart)]
    inner = make_index([other[0]])
    world.push_manifest("app", inner, {})
    world.push_manifest("app", make_index([images[0][0], inner, chart[0]]), {}, tag="1")
    attached = attach(context, world.instance, "team", "app", "1")

    assert [one.subject for one in attached] == [digests[0]] * 2 + [digests[1]] * 2
    assert [_hanging(context, digest)[0] for digest in digests[:2]] == [
        (SBOM_TYPE, ["libssl3"]),
        (SBOM_TYPE, ["zlib1g"]),
    ]
    with pytest.raises(UnreadableInput):
        attach(context, world.instance, "team", "app", digests[2])
