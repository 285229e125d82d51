"""The layers of one image: those known from the store, the others walked, as many at once as there are cores."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from typing import Final

from msgspec.structs import replace

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

_BUDGET: Final = Budget(memory_bytes=48 * MIB // _AT_ONCE)
"""Most programs and archives stay in memory, and all layers together well within the 256 MB of a scan."""


def index_image(
    store: LazyStore, source: ImageSource, image: Image, progress: Progress, *, lock_files: bool = False
) -> Inventory:
    """
    Return what *image* holds; layers that were walked whole are kept in *store*, so that none is walked twice.

    With *lock_files*, what lock files in it say counts as inside. What cannot be read is a problem of the inventory.
    """
    detectors = DetectorSet(DETECTORS, directory=lock_files)
    layers = {layer.digest: layer for layer in image.layers}
    likely = store.layers_known_at_a_glance(list(layers), detectors.identity)
    new = [layer for layer in layers.values() if layer.digest not in likely]
    reading = _start(new, source, detectors)
    if new:
        store.get_ready()
    known = store.known_layers([digest for digest in layers if digest in likely], detectors.identity)
    read = _Read()
    for job, body in reading:
        read.take(job, body)
        if job.kind == _WALK:
            progress.advance("layers", 1, len(layers))
    for digest in likely - known.keys():
        for job in _jobs([layers[Digest(digest)]], source, detectors):
            read.take(job, job.run())
    store.keep_layers(read.keepable(), detectors.identity)
    found = {**read.layers(), **{digest: decode(body) for digest, body in known.items()}}
    return build_inventory([(layer, found[layer.digest]) for layer in image.layers], detectors.identity)


@dataclass(frozen=True, slots=True)
class _Job:
    """One reading of one layer's blob: walking it gives its encoded inventory, checking it what is wrong with its digest."""

    kind: str
    layer: Layer
    run: Callable[[], bytes]


_WALK: Final = "walk"
_CHECK: Final = "check"


def _jobs(layers: Sequence[Layer], source: ImageSource, detectors: DetectorSet) -> list[_Job]:
    """The jobs for *layers*, those that take longest first. Checks are jobs of their own, so that no core is without work."""
    ordered = sorted(layers, key=lambda layer: -layer.size_bytes)
    walks = [_Job(_WALK, layer, partial(_walked, source, layer, detectors)) for layer in ordered]
    if source.checks_digests:
        return walks
    checks = [_Job(_CHECK, layer, partial(_check, source, layer)) for layer in ordered if not layer.is_encrypted]
    return walks + checks


class _Read:
    """What was read of an image's new layers."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}
        self._layers: dict[str, LayerInventory] = {}
        self._mismatches: dict[str, Problem] = {}

    def take(self, job: _Job, body: bytes) -> None:
        """Take what *job* gave."""
        digest = job.layer.digest
        if job.kind == _WALK:
            self._bodies[digest] = body
            self._layers[digest] = decode(body)
        elif body:
            message = f"{body.decode()}; what it holds is not to be believed"
            self._mismatches[digest] = Problem(code="layer-mismatch", message=message, layer=digest)

    def layers(self) -> dict[str, LayerInventory]:
        """What each layer holds, with the problem of those that are not what they are called."""
        return {digest: self._with_mismatch(digest, inventory) for digest, inventory in self._layers.items()}

    def keepable(self) -> dict[str, bytes]:
        """The encoded inventories of layers that need never be read again."""
        return {
            digest: body
            for digest, body in self._bodies.items()
            if digest not in self._mismatches
            and not any(problem.code in _NOT_KEPT for problem in self._layers[digest].problems)
        }

    def _with_mismatch(self, digest: str, inventory: LayerInventory) -> LayerInventory:
        problem = self._mismatches.get(digest)
        return replace(inventory, problems=(*inventory.problems, problem)) if problem else inventory


_NOT_KEPT: Final = frozenset({"layer-missing", "layer-mismatch", "layer-encrypted"})
"""Of layers that may be whole another time, nothing is remembered."""


def _start(layers: Sequence[Layer], source: ImageSource, detectors: DetectorSet) -> Iterator[tuple[_Job, bytes]]:
    """Begin to read *layers*, and return an iterator over the jobs that are done, with what they gave."""
    jobs = _jobs(layers, source, detectors)
    if not jobs:
        return iter(())
    if source.is_local and len(jobs) <= MOST_JOBS and can_fork():
        return _in_processes(ForkedJobs([job.run for job in jobs], _AT_ONCE), jobs)
    pool = ThreadPoolExecutor(max_workers=max(_AT_ONCE, 2), thread_name_prefix="layer")
    return _in_threads(pool, {pool.submit(job.run): job for job in jobs})


def _in_processes(forked: ForkedJobs, jobs: Sequence[_Job]) -> Iterator[tuple[_Job, bytes]]:
    try:
        for number, body in forked.results():
            yield jobs[number], body
    finally:
        forked.close()


def _in_threads(pool: ThreadPoolExecutor, jobs: dict[Future[bytes], _Job]) -> Iterator[tuple[_Job, bytes]]:
    with pool:
        for done in as_completed(jobs):
            yield jobs[done], done.result()


def _walked(source: ImageSource, layer: Layer, detectors: DetectorSet) -> bytes:
    return encode(_walk(source, layer, detectors))


def _walk(source: ImageSource, layer: Layer, detectors: DetectorSet) -> LayerInventory:
    if layer.is_encrypted:
        return _only(layer, "layer-encrypted", "the layer is encrypted, so it was not looked into")
    try:
        return walk_layer(lambda: source.open_layer(layer), detectors, _BUDGET)
    except NotFound as error:
        return _only(layer, "layer-missing", f"{error}; it was not looked into")
    except DigestMismatch as error:
        return _only(layer, "layer-mismatch", str(error))
    except UnreadableInput as error:
        return _only(layer, "layer-unreadable", str(error))


def _check(source: ImageSource, layer: Layer) -> bytes:
    """Return how the layer's blob differs from its digest and size; nothing where it does not, or where its walk says it."""
    try:
        verify(lambda: source.open_layer(layer), layer.digest, layer.size_bytes)
    except DigestMismatch as error:
        return str(error).encode()
    except HullscanError:
        return b""  # the walk meets the same and says it
    return b""


def _only(layer: Layer, code: str, message: str) -> LayerInventory:
    return LayerInventory(problems=(Problem(code=code, message=message, layer=layer.digest),))
