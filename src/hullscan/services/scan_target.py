"""One target scanned from the command line or the library: index, match, report."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.detectors.formats import decoded
from hullscan.errors import InvalidReference, NotFound, UnreadableInput
from hullscan.inventory.image import build_inventory
from hullscan.layers.directory import walk_directory
from hullscan.model.base_image import BaseImage
from hullscan.model.image import Digest, Layer, digest_of
from hullscan.model.package import Inventory
from hullscan.model.report import Report
from hullscan.registry.docker_archive import DockerArchive
from hullscan.registry.oci_layout import OciLayout
from hullscan.registry.source import ImageSource
from hullscan.services.image_layers import index_image
from hullscan.services.lazy_store import LazyStore
from hullscan.services.progress import Progress, Silent
from hullscan.settings import Settings

if TYPE_CHECKING:
    from hullscan.services.context import Context

_KINDS: Final = ("oci", "docker-archive", "dir", "sbom", "purl", "docker")


_LARGEST_LIST: Final = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What a target holds, under which digest and platform it is known, in which indexes, and what it was built on."""

    digest: str
    platform: str
    inventory: Inventory
    bases: tuple[BaseImage, ...] = ()
    indexes: tuple[str, ...] = ()


def scan_target(
    settings: Settings,
    target: str,
    *,
    platform: str = "",
    offline: bool = False,
    lock_files: bool = False,
    progress: Progress | None = None,
    ignore_file: Path | None = None,
    vex_files: Sequence[Path] = (),
) -> Report:
    """
    Scan *target* with the embedded store and return its report; see `hullscan.scan`.

    *ignore_file* and *vex_files* name findings that shall not count; they stay in the report with the reason.
    """
    with indexed_and_reported(
        settings, target, platform=platform, offline=offline, lock_files=lock_files, progress=progress or Silent()
    ) as (_, indexed, report):
        pass
    if ignore_file is None and not vex_files:
        return report
    from hullscan.services.suppress import suppress

    repository, references = _names_of(target) if vex_files else ("", {})
    return suppress(
        report,
        ignore_file=ignore_file,
        vex_files=vex_files,
        indexes=indexed.indexes,
        repository=repository,
        references=references,
    )


def _names_of(target: str) -> tuple[str, dict[str, str]]:
    """The repository of an image that has one, and an SBOM's own names of what it lists: VEX may use either."""
    kind, rest = split_target(target)
    if kind == "docker":
        from hullscan.registry.client import parse_reference

        reference = parse_reference(rest)
        return f"{reference.registry}/{reference.repository}", {}
    if kind == "sbom":
        from hullscan.inventory.sbom import sbom_references

        return "", sbom_references(_read_list(Path(rest)), Path(rest).name)
    return "", {}


def index_target(
    settings: Settings, target: str, *, platform: str, progress: Progress, lock_files: bool = False
) -> Indexed:
    """Return what *target* holds; layers that the embedded store knows are not read again."""
    store = LazyStore(settings)
    try:
        return _index(store, target, platform=platform, lock_files=lock_files, progress=progress)
    finally:
        store.close()


@contextmanager
def indexed_and_reported(
    settings: Settings, target: str, *, platform: str, offline: bool, progress: Progress, lock_files: bool = False
) -> Iterator[tuple["Context", Indexed, Report]]:
    """Give the store, what *target* holds, and its report."""
    store = LazyStore(settings)
    try:
        yield _report(store, target, platform=platform, offline=offline, lock_files=lock_files, progress=progress)
    finally:
        store.close()


def _index(store: LazyStore, target: str, *, platform: str, lock_files: bool, progress: Progress) -> Indexed:
    kind, rest = split_target(target)
    if kind == "dir":
        return _index_directory(Path(rest))
    if kind in ("sbom", "purl"):
        return _index_list(kind, Path(rest))
    source = _source(kind, rest)
    image = source.image(platform)
    inventory = index_image(store, source, image, progress, lock_files=lock_files)
    from hullscan.services.base_images import bases_of
    from hullscan.store.database import reading

    with reading(store.context().engine) as connection:
        bases = bases_of(connection, [image.lineage])
    return Indexed(
        digest=image.digest, platform=str(image.platform), inventory=inventory, bases=bases, indexes=image.indexes
    )


def _report(
    store: LazyStore, target: str, *, platform: str, offline: bool, lock_files: bool, progress: Progress
) -> tuple["Context", Indexed, Report]:
    indexed = _index(store, target, platform=platform, lock_files=lock_files, progress=progress)
    context = store.context()
    from hullscan.services.fresh_feeds import ensure_feeds
    from hullscan.services.report import full_report

    _keep_if_new(context, indexed)
    if not offline:
        ensure_feeds(context, indexed.digest, progress)
    report = full_report(context, indexed.digest, target=target, bases=indexed.bases)
    assert report is not None, "the inventory was kept above"
    return context, indexed, report


def split_target(target: str) -> tuple[str, str]:
    """Split ``KIND:REST``; what has no known kind is a registry reference."""
    kind, separator, rest = target.partition(":")
    if separator and kind in _KINDS:
        rest = rest.removeprefix("//") if kind == "docker" else rest
        if not rest:
            raise InvalidReference(f"{target!r} names nothing after {kind}:")
        return kind, rest
    return "docker", target


def _source(kind: str, rest: str) -> ImageSource:
    if kind == "oci":
        path, tag = _path_and_tag(rest)
        return OciLayout(path, tag)
    if kind == "docker-archive":
        path, name = _path_and_tag(rest)
        return DockerArchive(path, name)
    from hullscan.registry.client import RemoteImage

    return RemoteImage(rest)


def _path_and_tag(rest: str) -> tuple[Path, str]:
    """``DIR[:tag]``: a path that exists as a whole wins, since paths may hold colons."""
    if Path(rest).exists() or ":" not in rest:
        return Path(rest), ""
    path, _, tag = rest.partition(":")
    while not Path(path).exists() and ":" in tag:
        more, _, tag = tag.partition(":")
        path = f"{path}:{more}"
    return Path(path), tag


# --- other targets ----------------------------------------------------------------------------------------------


def _index_directory(root: Path) -> Indexed:
    detectors = DetectorSet(DETECTORS, directory=True)
    layer = Layer(digest=Digest(""))
    inventory = build_inventory([(layer, walk_directory(root, detectors))], detectors.identity)
    return Indexed(digest=_digest_of(inventory), platform="", inventory=inventory)


def _index_list(kind: str, path: Path) -> Indexed:
    from hullscan.inventory.purls import read_purls
    from hullscan.inventory.sbom import read_sbom

    data = _read_list(path)
    inventory = read_sbom(data, path.name) if kind == "sbom" else read_purls(decoded(data))
    return Indexed(digest=_digest_of(inventory), platform="", inventory=inventory)


def _read_list(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotFound(f"{path} could not be read: {error.strerror}") from error
    return _plain(data, path)


def _plain(data: bytes, path: Path) -> bytes:
    """SBOMs of whole images are often kept compressed; any of the layers' compressions will do."""
    from hullscan.layers.inflate import Inflater

    inflater = Inflater()
    plain = bytearray()
    for pieces in (inflater.feed(data), inflater.finish()):
        for piece in pieces:
            plain += piece
            if len(plain) > _LARGEST_LIST:
                raise UnreadableInput(f"{path} inflates to more than {_LARGEST_LIST} bytes")
    return bytes(plain)


def _digest_of(inventory: Inventory) -> str:
    """A digest of what was found: a folder or list has no manifest that would name it."""
    import msgspec

    return digest_of(msgspec.msgpack.encode(inventory))


def _keep_if_new(context: "Context", indexed: Indexed) -> None:
    from hullscan.services.packages import indexed_as, keep_inventory
    from hullscan.store.database import reading
    from hullscan.store.inventories import load_image

    with reading(context.engine) as connection:
        known = load_image(connection, indexed.digest)
    if (
        known is None
        or known.detectors != indexed_as(indexed.inventory.detectors)
        or known.problems != indexed.inventory.problems
    ):
        keep_inventory(context, indexed.digest, indexed.platform, indexed.inventory)
