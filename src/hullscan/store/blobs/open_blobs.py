"""Which store of blobs the settings name: a local folder by default, an object store at scale."""

from hullscan.settings import Settings
from hullscan.store.blobs.blob_store import BlobStore


def open_blobs(settings: Settings) -> BlobStore:
    """
    Return the blob store that *settings* name.

    Raises:
        StoreError: The address is none that is understood.
    """
    if settings.blobs_url:
        from hullscan.store.blobs.object_blobs import ObjectBlobs

        return ObjectBlobs(settings.blobs_url)
    from hullscan.store.blobs.local_blobs import LocalBlobs

    return LocalBlobs(settings.data_dir / "blobs")
