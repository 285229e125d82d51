"""One target scanned from the command line or the library: index, match, report."""

import hashlib
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.errors import DigestMismatch, HullscanError, InvalidReference, NotFound, UnreadableInput
from hullscan.inventory.codec import decode, encode
from hullscan.inventory.image import build_inventory
from hullscan.layers.directory import walk_directory
from hullscan.layers.walk import walk_layer
from hullscan.model.image import Digest, Image, Layer
from hullscan.model.package import Inventory, LayerInventory
from hullscan.model.report import Problem, Report
from hullscan.registry.docker_archive import DockerArchive
from hullscan.registry.oci_layout import OciLayout
from hullscan.registry.source import ImageSource, verify
from hullscan.services.progress import Progress, Silent
from hullscan.settings import Settings
from hullscan.store.quick_look import layers_known

if TYPE_CHECKING:
    from hullscan.services.context import Context

_THREADS: Final = 2
"""Layers walked at once; inflating and hashing release the interpreter's lock."""

_KINDS: Final = ("oci", "docker-archive", "dir", "sbom", "purl", "docker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What a target holds, and under which digest and platform it is known."""

    digest: str
    platform: str
    inventory: Inventory


def scan_target(
    settings: Settings,
    target: str,
    *,
    platform: str = "",
    offline: bool = False,
    progress: Progress | None = None,
    ignore_file: Path | None = None,
    vex_files: Sequence[Path] = (),
) -> Report:
    """
    Scan *target* with the embedded store and return its report; see `hullscan.scan`.

    *ignore_file* and *vex_files* name findings that shall not count; they stay in the report with the reason.
    """
    progress = progress or Silent()
    opener = _Opener(settings)
    try:
        report = _report(opener, target, platform=platform, offline=offline, progress=progress)
    finally:
        opener.close()
    if ignore_file is None and not vex_files:
        return report
    from hullscan.services.suppress import suppress

    return suppress(report, ignore_file=ignore_file, vex_files=vex_files)


def _report(opener: "_Opener", target: str, *, platform: str, offline: bool, progress: Progress) -> Report:
    kind, rest = split_target(target)
    if kind == "dir":
        indexed = _index_directory(Path(rest))
    elif kind in ("sbom", "purl"):
        indexed = _index_list(kind, Path(rest))
    else:
        source = _source(kind, rest)
        indexed = _index_image(opener, source, source.image(platform), progress)
    context = opener.context()
    from hullscan.services.fresh_feeds import ensure_feeds
    from hullscan.services.report import full_report

    _keep_if_new(context, indexed)
    if not offline:
        ensure_feeds(context, indexed.digest, progress)
    report = full_report(context, indexed.digest, target=target)
    assert report is not None, "the inventory was kept above"
    return report


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


# --- images -----------------------------------------------------------------------------------------------------


def _index_image(opener: "_Opener", source: ImageSource, image: Image, progress: Progress) -> Indexed:
    detectors = DetectorSet(DETECTORS)
    digests = list(dict.fromkeys(layer.digest for layer in image.layers))
    likely = opener.layers_known_at_a_glance(digests, detectors.identity)
    with ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="layer") as pool:
        # Layers that are surely new are walked while the store is still being loaded.
        walks = {
            layer.digest: pool.submit(_walk, source, layer, detectors)
            for layer in image.layers
            if layer.digest not in likely
        }
        known = opener.known_layers([digest for digest in digests if digest in likely], detectors.identity)
        for layer in image.layers:
            if layer.digest not in walks and layer.digest not in known:
                walks[layer.digest] = pool.submit(_walk, source, layer, detectors)
        fresh: dict[str, LayerInventory] = {}
        for digest, walk in walks.items():
            fresh[digest] = walk.result()
            progress.advance("layers", 1, len(walks))
    keepable = {
        digest: encode(inventory)
        for digest, inventory in fresh.items()
        if not any(problem.code in _NOT_KEPT for problem in inventory.problems)
    }
    opener.keep_layers(keepable, detectors.identity)
    layers = [
        (layer, fresh[layer.digest] if layer.digest in fresh else decode(known[layer.digest])) for layer in image.layers
    ]
    inventory = build_inventory(layers, detectors.identity)
    return Indexed(digest=image.digest, platform=str(image.platform), inventory=inventory)


_NOT_KEPT: Final = frozenset({"layer-missing", "layer-mismatch", "layer-encrypted"})
"""Of layers that may be whole another time, nothing is remembered."""


def _walk(source: ImageSource, layer: Layer, detectors: DetectorSet) -> LayerInventory:
    """Walk one layer while its digest is checked beside it: both are mostly outside the interpreter's lock."""
    if layer.media_type.endswith("+encrypted"):
        return _only(layer, "layer-encrypted", "the layer is encrypted, so it was not looked into")
    failure: list[DigestMismatch] = []

    def check() -> None:
        try:
            verify(lambda: source.open_layer(layer), layer.digest, layer.size_bytes)
        except DigestMismatch as error:
            failure.append(error)
        except HullscanError:
            return  # the walk meets the same and says it

    checker = threading.Thread(target=(lambda: None) if source.checks_digests else check, name="digest")
    checker.start()
    try:
        inventory = walk_layer(lambda: source.open_layer(layer), detectors)
    except NotFound as error:
        inventory = _only(layer, "layer-missing", f"{error}; it was not looked into")
    except DigestMismatch as error:
        inventory = _only(layer, "layer-mismatch", str(error))
    except UnreadableInput as error:
        inventory = _only(layer, "layer-unreadable", str(error))
    finally:
        checker.join()
    if failure:
        problem = Problem(
            code="layer-mismatch", message=f"{failure[0]}; what it holds is not to be believed", layer=layer.digest
        )
        return replace(inventory, problems=(*inventory.problems, problem))
    return inventory


def _only(layer: Layer, code: str, message: str) -> LayerInventory:
    return LayerInventory(problems=(Problem(code=code, message=message, layer=layer.digest),))


# --- other targets ----------------------------------------------------------------------------------------------


def _index_directory(root: Path) -> Indexed:
    detectors = DetectorSet(DETECTORS, directory=True)
    layer = Layer(digest=Digest(""))
    inventory = build_inventory([(layer, walk_directory(root, detectors))], detectors.identity)
    return Indexed(digest=_digest_of(inventory), platform="", inventory=inventory)


def _index_list(kind: str, path: Path) -> Indexed:
    from hullscan.inventory.purls import read_purls
    from hullscan.inventory.sbom import read_sbom

    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotFound(f"{path} could not be read: {error.strerror}") from error
    inventory = read_sbom(data, path.name) if kind == "sbom" else read_purls(data.decode("utf-8", "replace"))
    return Indexed(digest=_digest_of(inventory), platform="", inventory=inventory)


def _digest_of(inventory: Inventory) -> str:
    """A digest of what was found: a folder or list has no manifest that would name it."""
    import msgspec

    return "sha256:" + hashlib.sha256(msgspec.msgpack.encode(inventory)).hexdigest()


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


class _Opener:
    """Opens the store when it is first needed: importing it takes a while, and the first layer need not wait."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._context: Context | None = None

    def context(self) -> "Context":
        """Return the store, opened."""
        if self._context is None:
            from hullscan.services.context import open_context

            self._context = open_context(self._settings)
        return self._context

    def close(self) -> None:
        """Let the store go, if it was opened."""
        if self._context is not None:
            self._context.close()

    def layers_known_at_a_glance(self, digests: Sequence[str], detectors: str) -> set[str]:
        """Return the layers that the embedded store surely has; none for a store elsewhere, which is asked itself."""
        url = self._settings.database_url
        if not url.startswith("sqlite:///"):
            return set(digests)
        return layers_known(Path(url.removeprefix("sqlite:///")), digests, detectors)

    def known_layers(self, digests: Sequence[str], detectors: str) -> dict[str, bytes]:
        """Return the encoded inventories of those layers that were seen before."""
        from hullscan.store.database import reading
        from hullscan.store.inventories import layer_bodies

        with reading(self.context().engine) as connection:
            return layer_bodies(connection, list(dict.fromkeys(digests)), detectors)

    def keep_layers(self, bodies: dict[str, bytes], detectors: str) -> None:
        """Keep the inventories of layers that were walked whole."""
        if not bodies:
            return
        from hullscan.services.context import now
        from hullscan.store.database import writing
        from hullscan.store.inventories import add_layers

        with writing(self.context().engine) as connection:
            add_layers(connection, bodies, detectors, now())
