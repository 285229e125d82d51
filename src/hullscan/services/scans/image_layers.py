"""The layers of one image: those known from the store, the others walked, as many at once as there are cores."""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import IO, Final, cast

import msgspec
from msgspec.structs import replace

from hullscan.detectors.detector_set import DetectorSet
from hullscan.errors import DigestMismatch, HullscanError, NotFound, UnreadableInput
from hullscan.inventory.codec import decode, encode
from hullscan.layers.budget import MIB, Budget
from hullscan.layers.memory import keep_freed_memory
from hullscan.layers.walk import walk_layer
from hullscan.model.image import Digest, Image, Layer
from hullscan.model.package import Inventory, LayerInventory
from hullscan.model.report import Problem
from hullscan.registry.source import CheckedBlob, ImageSource
from hullscan.services.progress import Progress
from hullscan.services.scans.lazy_store import LazyStore
from hullscan.services.walking.forked import MOST_JOBS, ForkedJobs, can_fork

_AT_ONCE: Final = min(os.cpu_count() or 1, 4)
"""Layers walked at once; each takes some 50 MB of memory."""

_CHECKED_APART: Final = _AT_ONCE // 2
"""
Of so many layers, the largest, the digest is checked apart from the walk, which all others wait for. Those of the rest are
checked as they are walked, which reads them once.
"""

_CHECKS_GIVE_WAY: Final = 15
"""
How nice who checks is (nice(2)): beside walks it gets so little that they end as early as they can, and so much that
nobody waits for it once the packages are put away.
"""

_READ_BYTES: Final = 256 * 1024
"""What is read stays in a core's own cache until it was hashed: a tenth less than with a mebibyte."""

_BUDGET: Final = Budget(memory_bytes=16 * MIB // _AT_ONCE)
"""Most programs and archives stay in memory; what is larger is no slower in a temporary file."""


def knows_image(store: LazyStore, image: Image, detectors: DetectorSet) -> bool:
    """Say whether *store* has all of *image* as *detectors* see it: its packages, and each of its layers seen whole."""
    digests = [layer.digest for layer in image.layers]
    if not store.layers_known_at_a_glance(digests, detectors.identity).issuperset(digests):
        return False
    problems = store.problems_of_image(image.digest, detectors.identity)
    if problems is None or any(problem.code in _NOT_KEPT for problem in problems):
        return False
    return store.known_layers(digests, detectors.identity).keys() >= set(digests)


def index_image(
    store: LazyStore, source: ImageSource, image: Image, detectors: DetectorSet, progress: Progress
) -> "Indexing":
    """
    Read what *image* holds; layers that were walked whole are kept in *store*, so that none is walked twice.

    What cannot be read is a problem of the inventory.
    """
    layers = {layer.digest: layer for layer in image.layers}
    likely = store.layers_known_at_a_glance(list(layers), detectors.identity)
    reading = _Reading([layer for layer in layers.values() if layer.digest not in likely], source, detectors)
    if likely < layers.keys():
        store.get_ready()
    known = store.known_layers([digest for digest in layers if digest in likely], detectors.identity)
    late = _Reading([layers[Digest(digest)] for digest in likely - known.keys()], source, detectors)
    found = {digest: decode(body) for digest, body in known.items()}
    for some in (reading, late):
        for layer, inside in some.walked():
            found[layer.digest] = inside
            progress.advance("layers", 1, len(layers))
    from hullscan.inventory.image import build_inventory  # not before the layers are being read

    inventory = build_inventory([(layer, found[layer.digest]) for layer in image.layers], detectors.identity)
    return Indexing(store, list(layers), inventory, (reading, late))


class Indexing:
    """
    An image that was read: `inventory` is what its layers hold, if they are what they are called.

    The last digests are checked while its packages are put away; only `settled` is to be kept as what the image holds.
    """

    def __init__(
        self, store: LazyStore, layers: Sequence[Digest], inventory: Inventory, readings: "Sequence[_Reading]"
    ) -> None:
        self.inventory = inventory
        self._store = store
        self._layers = layers
        self._readings = readings

    def settled(self) -> Inventory:
        """Wait until all digests are checked, keep the layers that are what they are called, and return the image's inventory."""
        mismatches: dict[str, Problem] = {}
        for reading in self._readings:
            mismatches |= reading.mismatches()
        for reading in self._readings:
            self._store.keep_layers(reading.keepable(), self.inventory.detectors)
        told = [mismatches[digest] for digest in self._layers if digest in mismatches]
        return replace(self.inventory, problems=(*told, *self.inventory.problems))


class _Job(msgspec.Struct, frozen=True):
    """One reading of one layer's blob: walking it gives its encoded inventory, checking it what is wrong with its digest."""

    layer: Layer
    run: Callable[[], bytes]


class _Reading:
    """*layers* being read: each is walked and its digest checked, beside this process where that can be."""

    def __init__(self, layers: Sequence[Layer], source: ImageSource, detectors: DetectorSet) -> None:
        # Those that take longest first.
        ordered = sorted(layers, key=lambda layer: -layer.size_bytes)
        apart = [] if source.checks_digests else ordered[:_CHECKED_APART]
        plain = ordered if source.checks_digests else apart
        walks = [
            _Job(layer, partial(_walked if layer in plain else _walked_and_checked, source, layer, detectors))
            for layer in ordered
        ]
        checks = [_Job(layer, partial(_check, source, layer)) for layer in apart if not layer.is_encrypted]
        begin = _in_processes if source.is_local and len(walks) <= MOST_JOBS and can_fork() else _in_threads
        if walks:
            keep_freed_memory()
        self._walks = begin(walks, _AT_ONCE)
        self._checks = begin(checks, _CHECKED_APART, nice=_CHECKS_GIVE_WAY)
        self._bodies: dict[str, bytes] = {}

    def walked(self) -> Iterator[tuple[Layer, LayerInventory]]:
        """Yield what each layer holds as soon as it was walked; whether it is what it is called is known later."""
        for layer, body in self._walks:
            inventory = decode(body)
            if not any(problem.code in _NOT_KEPT for problem in inventory.problems):
                self._bodies[layer.digest] = body
            yield layer, inventory

    def mismatches(self) -> dict[str, Problem]:
        """Return by digest the problems of layers that are not what they are called, all having been walked."""
        found: dict[str, Problem] = {
            layer.digest: _mismatch(layer, difference.decode()) for layer, difference in self._checks if difference
        }
        for digest in found:
            self._bodies.pop(digest, None)
        return found

    def keepable(self) -> dict[str, bytes]:
        """The encoded inventories of layers that need never be read again, all having been checked."""
        return self._bodies


_NOT_KEPT: Final = frozenset({"layer-missing", "layer-mismatch", "layer-encrypted"})
"""Of layers that may be whole another time, nothing is remembered."""


def _in_processes(jobs: Sequence[_Job], at_once: int, *, nice: int = 0) -> Iterator[tuple[Layer, bytes]]:
    """Begin *jobs*, and return an iterator over those that are done, with what they gave."""
    forked = ForkedJobs([job.run for job in jobs], at_once, nice=nice)
    return ((jobs[number].layer, body) for number, body in forked.results())


def _in_threads(jobs: Sequence[_Job], at_once: int, *, nice: int = 0) -> Iterator[tuple[Layer, bytes]]:
    """See `_in_processes`; threads share one niceness, and mostly wait for a registry."""
    if not jobs:
        return iter(())
    from concurrent.futures import ThreadPoolExecutor, as_completed  # 2 ms before the others begin, who need none

    pool = ThreadPoolExecutor(max_workers=max(at_once, 2), thread_name_prefix="layer")
    running = {pool.submit(job.run): job.layer for job in jobs}
    pool.shutdown(wait=False)  # its threads end with the last of these
    return ((running[done], done.result()) for done in as_completed(running))


def _walked(source: ImageSource, layer: Layer, detectors: DetectorSet) -> bytes:
    return encode(_walk(layer, lambda: source.open_layer(layer), detectors))


def _walked_and_checked(source: ImageSource, layer: Layer, detectors: DetectorSet) -> bytes:
    opened: list[CheckedBlob] = []

    def open_checked() -> IO[bytes]:
        opened.append(CheckedBlob(source.open_layer(layer), layer.digest, layer.size_bytes))
        return cast(IO[bytes], opened[-1])

    inventory = _walk(layer, open_checked, detectors)
    difference = next((stream.difference for stream in opened if stream.difference), None)
    if difference is not None:
        inventory = replace(inventory, problems=(_mismatch(layer, difference), *inventory.problems))
    return encode(inventory)


def _walk(layer: Layer, open_blob: Callable[[], IO[bytes]], detectors: DetectorSet) -> LayerInventory:
    if layer.is_encrypted:
        return _only(layer, "layer-encrypted", "the layer is encrypted, so it was not looked into")
    try:
        return walk_layer(open_blob, detectors, _BUDGET)
    except NotFound as error:
        return _only(layer, "layer-missing", f"{error}; it was not looked into")
    except DigestMismatch as error:
        return _only(layer, "layer-mismatch", str(error))
    except UnreadableInput as error:
        return _only(layer, "layer-unreadable", str(error))


def _check(source: ImageSource, layer: Layer) -> bytes:
    """Return how the layer's blob differs from its digest and size; nothing where it does not, or where its walk says it."""
    try:
        with CheckedBlob(source.open_layer(layer), layer.digest, layer.size_bytes) as blob:
            while blob.read(_READ_BYTES):
                pass
            return (blob.difference or "").encode()
    except HullscanError:
        return b""  # the walk meets the same and says it


def _mismatch(layer: Layer, difference: str) -> Problem:
    message = f"{difference}; what it holds is not to be believed"
    return Problem(code="layer-mismatch", message=message, layer=layer.digest)


def _only(layer: Layer, code: str, message: str) -> LayerInventory:
    return LayerInventory(problems=(Problem(code=code, message=message, layer=layer.digest),))
