"""One walk through a layer: its blob inflated once, its tar read once, each wanted file handed on."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Final

from hullscan.errors import BudgetExceeded, DigestMismatch, UnreadableInput
from hullscan.layers.budget import DEFAULT_BUDGET, Budget
from hullscan.layers.changes import Changes
from hullscan.layers.content import Content
from hullscan.layers.file import LayerFile
from hullscan.layers.inflate import Inflater
from hullscan.layers.paths import normal_path
from hullscan.layers.tar import FOLDER, HARD_LINK, REGULAR, SPARSE, SYMBOLIC_LINK, Entry, Sink, TarReader
from hullscan.layers.wanted import Wanted
from hullscan.model.package import LayerInventory
from hullscan.model.report import Problem

_READ_BYTES: Final = 256 * 1024
_PIECES_AHEAD: Final = 8

PROGRAMS: Final = (
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
)
"""ELF, PE, Mach-O of both orders and widths, and its fat form."""

SMALLEST_PROGRAM: Final = 256


class LayerWalker:
    """
    Takes a layer's blob in chunks, as it is uploaded or read, and ends in its inventory.

    What cannot be read ends the walk as a `Problem` of the inventory; what was seen before it stands.
    """

    def __init__(self, wanted: Wanted, budget: Budget = DEFAULT_BUDGET, *, also: frozenset[str] = frozenset()) -> None:
        self._wanted = wanted
        self._budget = budget
        self._inflater = Inflater()
        self._tar = TarReader(self._entry, budget)
        self._changes = Changes(wanted, also)
        self._compressed = self._inflated = 0
        self._over = False
        self._targets = also

    @property
    def missing_targets(self) -> frozenset[str]:
        """Files that wanted hard links name and that were passed over: known once `finish` was called."""
        return self._changes.missing_targets

    @property
    def memory_bytes(self) -> int:
        """How much of one file is kept in memory; for the sinks below."""
        return self._budget.memory_bytes

    @property
    def saw_entries(self) -> bool:
        """Whether the blob is an archive at all: at least one member was read."""
        return self._tar.entries > 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the blob."""
        if self._over:
            return
        self._compressed += len(chunk)
        try:
            for piece in self._inflater.feed(chunk):
                self._plain(piece)
        except (UnreadableInput, BudgetExceeded) as error:
            self._stop(error)

    def take_plain(self, piece: bytes, compressed: int) -> bool:
        """Take bytes that were inflated elsewhere, from *compressed* bytes; False once the walk is over."""
        self._compressed += compressed
        try:
            self._plain(piece)
        except (UnreadableInput, BudgetExceeded) as error:
            self._stop(error)
        return not self._over

    def take_end(self, error: Exception) -> None:
        """
        Take what ended the inflating: damage is a problem of the layer.

        Raises:
            Exception: *error* itself, where it says nothing of the layer (the blob is not there).
        """
        if not isinstance(error, UnreadableInput) or isinstance(error, DigestMismatch):
            raise error
        self._stop(error)

    def finish(self) -> LayerInventory:
        """Say that the blob is complete, and return what the layer brings and takes away."""
        if not self._over:
            try:
                for piece in self._inflater.finish():
                    self._plain(piece)
                self._tar.finish()
            except (UnreadableInput, BudgetExceeded) as error:
                self._stop(error)
        return self._changes.finish()

    def _plain(self, piece: bytes) -> None:
        self._inflated += len(piece)
        budget = self._budget
        if self._inflated > budget.inflated_bytes:
            raise BudgetExceeded(f"the layer inflates to more than {budget.inflated_bytes} bytes")
        if self._inflated > budget.ratio_floor_bytes and self._inflated > self._compressed * budget.ratio:
            raise BudgetExceeded(f"the layer inflates to more than {budget.ratio} times its size")
        self._tar.feed(piece)

    def _stop(self, error: UnreadableInput) -> None:
        self._over = True
        self._tar.abandon()
        code = "budget-exceeded" if isinstance(error, BudgetExceeded) else "layer-unreadable"
        self._changes.problem(Problem(code=code, message=f"{error}; what follows in this layer was not read"))

    def _entry(self, entry: Entry) -> Sink | None:
        if len(entry.path) > self._budget.path_bytes or len(entry.link) > self._budget.path_bytes:
            self._changes.problem(
                Problem(code="path-too-long", message=f"a path of {len(entry.path)} signs", path=entry.path[:80])
            )
            return None
        path = normal_path(entry.path)
        if path is None:
            self._changes.problem(
                Problem(code="unsafe-path", message="the path leads out of the image", path=entry.path[:200])
            )
            return None
        if not path:
            return None
        if entry.kind == FOLDER:
            self._changes.folder(path)
        elif entry.kind == SYMBOLIC_LINK:
            self._changes.symbolic_link(path, entry.link)
        elif entry.kind == HARD_LINK:
            self._changes.hard_link(path, normal_path(entry.link) or "")
        elif entry.kind in (REGULAR, SPARSE):
            return self._regular(entry, path)
        else:
            self._changes.other(path)
        return None

    def _regular(self, entry: Entry, path: str) -> Sink | None:
        if self._changes.marker(path):
            return None
        wanted = self._wanted.wants(path) or path in self._targets
        if not wanted and not (self._wanted.wants_executables and entry.size_bytes >= SMALLEST_PROGRAM):
            self._changes.other(path)
            return None
        if entry.kind == SPARSE or entry.size_bytes > self._budget.file_bytes:
            if wanted:
                reason = "a sparse file" if entry.kind == SPARSE else f"a file of {entry.size_bytes} bytes"
                self._changes.problem(
                    Problem(
                        code="file-not-read", message=f"{reason} is not read, so what it says is unknown", path=path
                    )
                )
            self._changes.other(path)
            return None
        if wanted:
            return _Kept(self, path, entry)
        return _Candidate(self, path, entry)

    def take(self, file: LayerFile, *, program: bool) -> None:
        """Take a complete file; for the sinks below."""
        self._changes.regular(file, program=program)

    def pass_over(self, path: str) -> None:
        """Take a file that turned out not to be wanted."""
        self._changes.other(path)


class _Kept:
    """The content of a wanted file."""

    def __init__(self, walker: LayerWalker, path: str, entry: Entry, *, program: bool = False) -> None:
        self._walker = walker
        self._path = path
        self._entry = entry
        self._program = program
        self._content = Content(walker.memory_bytes)

    def write(self, data: memoryview) -> bool:
        """See `Sink`."""
        self._content.write(data)
        return True

    def close(self) -> None:
        """See `Sink`."""
        content = self._content
        file = LayerFile(self._path, self._entry.size_bytes, content.open, release=content.close)
        self._walker.take(file, program=self._program)

    def abandon(self) -> None:
        """See `Sink`."""
        self._content.close()


class _Candidate:
    """A file that may be a program: its first bytes decide whether it is kept."""

    def __init__(self, walker: LayerWalker, path: str, entry: Entry) -> None:
        self._walker = walker
        self._path = path
        self._entry = entry
        self._kept: _Kept | None = None

    def write(self, data: memoryview) -> bool:
        """See `Sink`."""
        if self._kept is not None:
            return self._kept.write(data)
        # Archive content comes in pieces of at least a block, but for the split at a chunk's end.
        if len(data) >= 4 and not bytes(data[:4]).startswith(PROGRAMS):
            return False
        self._kept = _Kept(self._walker, self._path, self._entry, program=True)
        return self._kept.write(data)

    def close(self) -> None:
        """See `Sink`."""
        if self._kept is not None:
            self._kept.close()
        else:
            self._walker.pass_over(self._path)

    def abandon(self) -> None:
        """See `Sink`."""
        if self._kept is not None:
            self._kept.abandon()


def walk_layer(open_blob: Callable[[], IO[bytes]], wanted: Wanted, budget: Budget = DEFAULT_BUDGET) -> LayerInventory:
    """
    Walk the layer that *open_blob* opens and return its inventory.

    A second walk happens only where a wanted hard link names a file that the first passed over.
    """
    walker = _walk(open_blob, LayerWalker(wanted, budget))
    inventory = walker.finish()
    if not walker.missing_targets:
        return inventory
    return _walk(open_blob, LayerWalker(wanted, budget, also=walker.missing_targets)).finish()


def _walk(open_blob: Callable[[], IO[bytes]], walker: LayerWalker) -> LayerWalker:
    """Inflate in a thread of its own, which mostly leaves the interpreter's lock, and walk the tar in this one."""
    ready: queue.Queue[_Piece] = queue.Queue(_PIECES_AHEAD)
    stop = threading.Event()
    thread = threading.Thread(target=_inflate, args=(open_blob, ready, stop), name="inflate", daemon=True)
    thread.start()
    try:
        while True:
            piece = ready.get()
            if piece.error is not None:
                walker.take_end(piece.error)
                break
            if not piece.more:
                break
            if not walker.take_plain(piece.data, piece.compressed):
                break
    finally:
        stop.set()
        # The thread may be waiting for room.
        while thread.is_alive():
            try:
                ready.get(timeout=0.01)
            except queue.Empty:
                thread.join(timeout=0.01)
    return walker


@dataclass(frozen=True, slots=True)
class _Piece:
    """Plain bytes, and how many compressed ones they came from; or the end, with what ended it."""

    data: bytes = b""
    compressed: int = 0
    more: bool = True
    error: Exception | None = None


def _inflate(open_blob: Callable[[], IO[bytes]], ready: "queue.Queue[_Piece]", stop: threading.Event) -> None:
    inflater = Inflater()
    try:
        with open_blob() as stream:
            while not stop.is_set() and (chunk := stream.read(_READ_BYTES)):
                compressed = len(chunk)
                for piece in inflater.feed(chunk):
                    if stop.is_set():
                        return
                    ready.put(_Piece(piece, compressed))
                    compressed = 0
            for piece in inflater.finish():
                ready.put(_Piece(piece))
    except Exception as error:  # noqa: BLE001 (carried to the walking thread, which raises or reports it)
        ready.put(_Piece(error=error))
        return
    ready.put(_Piece(more=False))
