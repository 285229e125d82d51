"""One target scanned from the command line or the library: index, match, report."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.detectors.formats import decoded
from hullscan.errors import InvalidReference, NotFound, UnreadableInput
from hullscan.model.base_image import BaseImage
from hullscan.model.image import Digest, Image, Layer, digest_of
from hullscan.model.package import Inventory
from hullscan.model.report import Report
from hullscan.registry.source import ImageSource
from hullscan.services.progress import Progress, Silent
from hullscan.services.scans.image_layers import index_image, knows_image
from hullscan.services.scans.lazy_store import LazyStore
from hullscan.settings import Settings

if TYPE_CHECKING:
    from hullscan.services.context import Context

_WITHOUT_LAYERS: Final = ("dir", "sbom", "purl")
_KINDS: Final = ("oci", "docker-archive", "docker", *_WITHOUT_LAYERS)

_LARGEST_LIST: Final = 1024 * 1024 * 1024


class Indexed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a target holds, under which digest and platform it is known, and what it was built on."""

    digest: str
    platform: str
    inventory: Inventory
    bases: tuple[BaseImage, ...] = ()


class Known(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A target that the store knows: under which digest, in which indexes it was chosen, and what it was built on."""

    digest: str
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
    ahead: Callable[[], None] | None = None,
) -> Report:
    """
    Scan *target* with the embedded store and return its report; see `hullscan.scan`.

    *ignore_file* and *vex_files* name findings that shall not count; they stay in the report with the reason. *ahead* loads
    what the caller needs for the report; it is called while layers are read, if any must be.
    """
    with reported(
        settings,
        target,
        platform=platform,
        offline=offline,
        lock_files=lock_files,
        progress=progress or Silent(),
        ahead=ahead,
    ) as (_, known, report):
        pass
    if ignore_file is None and not vex_files:
        return report
    from hullscan.services.reports.suppress import suppress

    repository, references = _names_of(target) if vex_files else ("", {})
    return suppress(
        report,
        ignore_file=ignore_file,
        vex_files=vex_files,
        indexes=known.indexes,
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
def reported(
    settings: Settings,
    target: str,
    *,
    platform: str,
    offline: bool,
    progress: Progress,
    lock_files: bool = False,
    ahead: Callable[[], None] | None = None,
) -> Iterator[tuple["Context", Known, Report]]:
    """Give the store, what it knows *target* by, and its report; for *ahead* see `scan_target`."""
    store = LazyStore(settings, ahead)
    try:
        yield _report(store, target, platform=platform, offline=offline, lock_files=lock_files, progress=progress)
    finally:
        store.close()


def _index(store: LazyStore, target: str, *, platform: str, lock_files: bool, progress: Progress) -> Indexed:
    kind, rest = split_target(target)
    if kind in _WITHOUT_LAYERS:
        return _index_files(kind, Path(rest))
    with _source(store.settings, kind, rest) as source:
        image = source.image(platform)
        inventory = index_image(store, source, image, _detectors(lock_files=lock_files), progress).settled()
    return Indexed(
        digest=image.digest, platform=str(image.platform), inventory=inventory, bases=_bases_of(store, image)
    )


def _report(
    store: LazyStore, target: str, *, platform: str, offline: bool, lock_files: bool, progress: Progress
) -> tuple["Context", Known, Report]:
    known = _kept(store, target, platform=platform, lock_files=lock_files, progress=progress)
    context = store.context()
    from hullscan.services.reports.report import full_report
    from hullscan.services.scans.fresh_feeds import ensure_feeds

    if not offline:
        ensure_feeds(context, known.digest, progress)
    report = full_report(context, known.digest, target=target, bases=known.bases)
    assert report is not None, "the inventory was kept above"
    return context, known, report


def _kept(store: LazyStore, target: str, *, platform: str, lock_files: bool, progress: Progress) -> Known:
    """See that *store* knows what is in *target*."""
    kind, rest = split_target(target)
    if kind in _WITHOUT_LAYERS:
        indexed = _index_files(kind, Path(rest))
        _keep(store, indexed.digest, "", indexed.inventory, _packages_kept(store, indexed.inventory))
        return Known(digest=indexed.digest)
    with _source(store.settings, kind, rest) as source:
        image = source.image(platform)
        detectors = _detectors(lock_files=lock_files)
        if not knows_image(store, image, detectors):
            indexing = index_image(store, source, image, detectors, progress)
            rows = _packages_kept(store, indexing.inventory)
            _keep(store, image.digest, str(image.platform), indexing.settled(), rows)
    return Known(digest=image.digest, bases=_bases_of(store, image), indexes=image.indexes)


def _packages_kept(store: LazyStore, inventory: Inventory) -> list[int]:
    from hullscan.services.indexing.packages import keep_packages

    return keep_packages(store.context(), inventory.packages)


def _keep(store: LazyStore, digest: str, platform: str, inventory: Inventory, rows: Sequence[int]) -> None:
    """Keep what was found, unless the store says the same of it already."""
    from hullscan.services.indexing.packages import keep_image

    if store.problems_of_image(digest, inventory.detectors) != inventory.problems:
        keep_image(store.context(), digest, platform, inventory, rows)


def _bases_of(store: LazyStore, image: Image) -> tuple[BaseImage, ...]:
    from hullscan.services.indexing.base_images import bases_of
    from hullscan.store.database import reading

    with reading(store.context().engine) as connection:
        return bases_of(connection, [image.lineage])


def _detectors(*, lock_files: bool) -> DetectorSet:
    return DetectorSet(DETECTORS, directory=lock_files)


def split_target(target: str) -> tuple[str, str]:
    """Split ``KIND:REST``; what has no known kind is a registry reference."""
    kind, separator, rest = target.partition(":")
    if separator and kind in _KINDS:
        rest = rest.removeprefix("//") if kind == "docker" else rest
        if not rest:
            raise InvalidReference(f"{target!r} names nothing after {kind}:")
        return kind, rest
    return "docker", target


@contextmanager
def _source(settings: Settings, kind: str, rest: str) -> Iterator[ImageSource]:
    if kind == "oci":
        from hullscan.registry.oci_layout import OciLayout

        path, tag = _path_and_tag(rest)
        yield OciLayout(path, tag)
    elif kind == "docker-archive":
        from hullscan.registry.docker_archive import DockerArchive

        path, name = _path_and_tag(rest)
        yield DockerArchive(path, name)
    else:
        from hullscan.registry.client import RemoteImage

        with closing(RemoteImage(rest, insecure=settings.insecure_registries)) as image:
            yield image


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


def _index_files(kind: str, path: Path) -> Indexed:
    return _index_directory(path) if kind == "dir" else _index_list(kind, path)


def _index_directory(root: Path) -> Indexed:
    from hullscan.inventory.image import build_inventory
    from hullscan.layers.directory import walk_directory

    detectors = _detectors(lock_files=True)
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
    return digest_of(msgspec.msgpack.encode(inventory))
