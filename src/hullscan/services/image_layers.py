"""The layers of one image: those known from the store, the others walked, as many at once as there are cores."""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from typing import Final

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.errors import DigestMismatch, HullscanError, NotFound, UnreadableInput
from hullscan.inventory.codec import decode, encode
from hullscan.inventory.image import build_inventory
from hullscan.layers.budget import MIB, Budget
from hullscan.layers.walk import walk_layer
from hullscan.model.image import Digest, Image, Layer
from hullscan.model.package import Inventory, LayerInventory
from hullscan.model.report import Problem
from hullscan.registry.source import ImageSource, verify
from hullscan.services.forked import MOST_JOBS, ForkedJobs, can_fork
from hullscan.services.lazy_store import LazyStore
from hullscan.services.progress import Progress

_AT_ONCE: Final = min(os.cpu_count() or 1, 4)
"""Layers walked at once; each takes some 60 MB of memory, and what its largest file may."""

_BUDGET: Final = Budget(memory_bytes=96 * MIB // _AT_ONCE)
"""Nearly all programs and archives stay in memory, and all layers together within the 256 MB of a scan."""


def index_image(store: LazyStore, source: ImageSource, image: Image, progress: Progress) -> Inventory:
    """
    Return what *image* holds; layers that were walked whole are kept in *store*, so that none is walked twice.

    What cannot be read is a problem of the inventory.
    """
    detectors = DetectorSet(DETECTORS)
    layers = {layer.digest: layer for layer in image.layers}
    likely = store.layers_known_at_a_glance(list(layers), detectors.identity)
    # Layers that are surely new are walked while the store is still being loaded.
    walks = _start([layer for layer in layers.values() if layer.digest not in likely], source, detectors)
    known = store.known_layers([digest for digest in layers if digest in likely], detectors.identity)
    bodies: dict[str, bytes] = {}
    for digest, body in walks:
        bodies[digest] = body
        progress.advance("layers", 1, len(layers))
    for digest in likely - known.keys():
        bodies[digest] = encode(_walk(source, layers[Digest(digest)], detectors))
    fresh = {digest: decode(body) for digest, body in bodies.items()}
    keepable = {
        digest: bodies[digest]
        for digest, inventory in fresh.items()
        if not any(problem.code in _NOT_KEPT for problem in inventory.problems)
    }
    store.keep_layers(keepable, detectors.identity)
    for digest, body in known.items():
        fresh[digest] = decode(body)
    inventory = build_inventory([(layer, fresh[layer.digest]) for layer in image.layers], detectors.identity)
    return replace(inventory, base_layers=image.base_layers)


def _start(layers: Sequence[Layer], source: ImageSource, detectors: DetectorSet) -> Iterator[tuple[str, bytes]]:
    """Begin to walk *layers*, the largest first, and return an iterator over their encoded inventories."""
    ordered = sorted(layers, key=lambda layer: -layer.size_bytes)
    jobs = [(lambda layer=layer: encode(_walk(source, layer, detectors))) for layer in ordered]
    if not jobs:
        return iter(())
    if source.is_local and len(jobs) <= MOST_JOBS and can_fork():
        return _in_processes(ForkedJobs(jobs, _AT_ONCE), ordered)
    pool = ThreadPoolExecutor(max_workers=max(_AT_ONCE, 2), thread_name_prefix="layer")
    return _in_threads(pool, {pool.submit(job): layer for job, layer in zip(jobs, ordered, strict=True)})


def _in_processes(forked: ForkedJobs, layers: Sequence[Layer]) -> Iterator[tuple[str, bytes]]:
    try:
        for number, body in forked.results():
            yield layers[number].digest, body
    finally:
        forked.close()


def _in_threads(pool: ThreadPoolExecutor, walks: dict[Future[bytes], Layer]) -> Iterator[tuple[str, bytes]]:
    with pool:
        for walk in as_completed(walks):
            yield walks[walk].digest, walk.result()


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
        inventory = walk_layer(lambda: source.open_layer(layer), detectors, _BUDGET)
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
