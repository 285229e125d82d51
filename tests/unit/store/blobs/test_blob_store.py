"""The two blob stores answer alike: a folder, and an object store (obstore's own, over a folder)."""

import hashlib
from pathlib import Path

import pytest

from hullscan.errors import NotFound, StoreError
from hullscan.settings import Settings
from hullscan.store.blobs.blob_store import BlobStore
from hullscan.store.blobs.open_blobs import open_blobs

_DATA = bytes(range(256)) * 40_000
_DIGEST = "sha256:" + hashlib.sha256(_DATA).hexdigest()


@pytest.fixture(params=["folder", "object store"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """An empty store."""
    environment = {"HULLSCAN_DATA_DIR": str(tmp_path / "data")}
    if request.param == "object store":
        (tmp_path / "bucket").mkdir()
        environment["HULLSCAN_BLOBS_URL"] = f"file://{tmp_path}/bucket"
    return open_blobs(Settings.from_environment(environment))


def test_what_was_put_is_read_back(blobs: BlobStore) -> None:
    blobs.put(_DIGEST, _DATA)
    assert blobs.size(_DIGEST) == len(_DATA)
    assert b"".join(blobs.read(_DIGEST)) == _DATA
    assert b"".join(blobs.read(_DIGEST, 100, 5_000_001)) == _DATA[100:5_000_001]
    assert b"".join(blobs.read(_DIGEST, len(_DATA) - 1)) == _DATA[-1:]
    with blobs.open(_DIGEST) as stream:
        assert stream.read(10) == _DATA[:10]
        assert stream.read() == _DATA[10:]
    assert [one.digest for one in blobs.stored()] == [_DIGEST]


def test_a_finished_upload_becomes_a_blob(blobs: BlobStore, tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(_DATA)
    blobs.adopt(upload, _DIGEST)
    assert not upload.exists()
    assert b"".join(blobs.read(_DIGEST)) == _DATA


def test_what_is_not_there(blobs: BlobStore) -> None:
    assert blobs.size(_DIGEST) is None
    assert blobs.local_path(_DIGEST) is None
    with pytest.raises(NotFound):
        blobs.open(_DIGEST)
    with pytest.raises(NotFound):
        next(blobs.read(_DIGEST))
    blobs.delete(_DIGEST)
    assert list(blobs.stored()) == []


def test_a_deleted_blob_is_gone(blobs: BlobStore) -> None:
    blobs.put(_DIGEST, _DATA)
    blobs.delete(_DIGEST)
    assert blobs.size(_DIGEST) is None


def test_an_empty_blob(blobs: BlobStore) -> None:
    digest = "sha256:" + hashlib.sha256(b"").hexdigest()
    blobs.put(digest, b"")
    assert blobs.size(digest) == 0
    assert b"".join(blobs.read(digest)) == b""


def test_an_address_that_means_nothing_is_said() -> None:
    settings = Settings.from_environment({"HULLSCAN_DATA_DIR": "/nowhere", "HULLSCAN_BLOBS_URL": "gopher://x"})
    with pytest.raises(StoreError, match="HULLSCAN_BLOBS_URL"):
        open_blobs(settings)
