"""One walk through a layer: its blob inflated once, its tar read once, each wanted file handed on."""

from collections.abc import Callable
from typing import IO, Final

from hullscan.errors import BudgetExceeded, DigestMismatch, UnreadableInput
from hullscan.layers.budget import DEFAULT_BUDGET, Budget
from hullscan.layers.changes import WHITEOUT, Changes
from hullscan.layers.content import Content, Scratch
from hullscan.layers.file import LayerFile
from hullscan.layers.inflate import Inflater
from hullscan.layers.paths import normal_path
from hullscan.layers.programs import HEADER_BYTES, MAGIC_BYTES, SMALLEST_PROGRAM, is_program, machine_code
from hullscan.layers.tar import FOLDER, HARD_LINK, REGULAR, SPARSE, SYMBOLIC_LINK, Entry, Sink, TarReader
from hullscan.layers.wanted import Wanted
from hullscan.model.package import LayerInventory
from hullscan.model.report import Problem

_READ_BYTES: Final = 256 * 1024

_LARGE_PROGRAM: Final = 64 * 1024
"""Of smaller ones all is kept: it costs less than to look which part is code."""

_FILES: Final = (REGULAR, SPARSE)


class LayerWalker:
    """
    Takes a layer's blob in chunks, as it is uploaded or read, and ends in its inventory.

    What cannot be read ends the walk as a `Problem` of the inventory; what was seen before it stands.
    """

    def __init__(
        self,
        wanted: Wanted,
        budget: Budget = DEFAULT_BUDGET,
        *,
        also: frozenset[str] = frozenset(),
        keep_code: bool = False,
    ) -> None:
        self._wanted = wanted
        self._budget = budget
        # Asked for each of a layer's entries.
        self._path_bytes = budget.path_bytes
        self._programs = wanted.wants_executables
        self._inflater = Inflater()
        self._tar = TarReader(self._entry, budget)
        self._changes = Changes(wanted, also)
        self._compressed = self._inflated = 0
        self._over = False
        self._targets = also
        self._keep_code = keep_code
        self.scratch = Scratch(budget.memory_bytes)

    def again(self) -> "LayerWalker | None":
        """
        Return who has to walk the layer once more, all having been read and `finish` called; None if nobody.

        That is seldom: where a wanted hard link names a file that was passed over, or a program lists what it holds among its
        machine code.
        """
        if not self._changes.missing_targets and not self._changes.left_out:
            return None
        return LayerWalker(self._wanted, self._budget, also=self._changes.missing_targets, keep_code=True)

    @property
    def saw_entries(self) -> bool:
        """Whether the blob is an archive at all: at least one member was read."""
        return self._tar.entries > 0

    @property
    def over(self) -> bool:
        """Whether nothing more is taken: the layer is damaged, or larger than allowed."""
        return self._over

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the blob."""
        if self._over:
            return
        self._compressed += len(chunk)
        try:
            for piece in self._inflater.feed(chunk):
                self._plain(piece)
        except (UnreadableInput, BudgetExceeded) as error:
            self.stop(error)

    def finish(self) -> LayerInventory:
        """Say that the blob is complete, and return what the layer brings and takes away."""
        if not self._over:
            try:
                for piece in self._inflater.finish():
                    self._plain(piece)
                self._tar.finish()
            except (UnreadableInput, BudgetExceeded) as error:
                self.stop(error)
        try:
            return self._changes.finish()
        finally:
            self.scratch.close()

    def abandon(self) -> None:
        """Let all files go that were kept, whether or not the walk came to its end."""
        self._tar.abandon()
        self._changes.release()
        self.scratch.close()

    def stop(self, error: UnreadableInput) -> None:
        """Say that nothing more can be read: what was seen stands, with a problem that says why it is not all."""
        self._over = True
        self._tar.abandon()
        code = "budget-exceeded" if isinstance(error, BudgetExceeded) else "layer-unreadable"
        self._changes.problem(Problem(code=code, message=f"{error}; what follows in this layer was not read"))

    def _plain(self, piece: bytes) -> None:
        self._inflated += len(piece)
        budget = self._budget
        if self._inflated > budget.inflated_bytes:
            raise BudgetExceeded(f"the layer inflates to more than {budget.inflated_bytes} bytes")
        if self._inflated > budget.ratio_floor_bytes and self._inflated > self._compressed * budget.ratio:
            raise BudgetExceeded(f"the layer inflates to more than {budget.ratio} times its size")
        self._tar.feed(piece)

    def _entry(self, entry: Entry, ahead: bytes) -> Sink | None:
        if len(entry.path) > self._path_bytes or len(entry.link) > self._path_bytes:
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
        kind = entry.kind
        if kind in _FILES:
            return self._regular(entry, path, ahead)
        if kind == FOLDER:
            self._changes.folder(path)
        elif kind == SYMBOLIC_LINK:
            self._changes.symbolic_link(path, entry.link)
        elif kind == HARD_LINK:
            self._changes.hard_link(path, normal_path(entry.link) or "")
        else:
            self._changes.other(path)
        return None

    def _regular(self, entry: Entry, path: str, ahead: bytes) -> Sink | None:
        if WHITEOUT in path and self._changes.marker(path):
            return None
        wanted = self._wanted.wants(path) or path in self._targets
        if not wanted and (
            not self._programs
            or entry.size_bytes < SMALLEST_PROGRAM
            or (not is_program(ahead) and len(ahead) >= MAGIC_BYTES)
        ):
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
            return _Kept(self, path, entry, keep_code=True)
        return _Candidate(self, path, entry, keep_code=self._keep_code)

    def take(self, file: LayerFile, *, program: bool) -> None:
        """Take a complete file; for the sinks below."""
        self._changes.regular(file, program=program)

    def pass_over(self, path: str) -> None:
        """Take a file that turned out not to be wanted."""
        self._changes.other(path)


class _Kept:
    """The content of a file that is wanted by its name, or may be for what it is."""

    def __init__(self, walker: LayerWalker, path: str, entry: Entry, *, keep_code: bool) -> None:
        self._walker = walker
        self._path = path
        self._entry = entry
        self._content = Content(walker.scratch)
        self._began = False
        self._keep_code = keep_code or entry.size_bytes < _LARGE_PROGRAM
        self.program = False

    def write(self, data: memoryview) -> bool:
        """See `Sink`."""
        if not self._began:
            self._began = True
            # Archive content comes in pieces of at least a block, but for the split at a chunk's end; there, detectors decide.
            self.program = len(data) < MAGIC_BYTES or is_program(bytes(data[:MAGIC_BYTES]))
            if self.program and not self._keep_code:
                self._content.gap = machine_code(bytes(data[:HEADER_BYTES]), self._entry.size_bytes)
        self._content.write(data)
        return True

    def close(self) -> None:
        """See `Sink`."""
        content = self._content
        file = LayerFile(self._path, self._entry.size_bytes, content.open, release=content.close)
        self._walker.take(file, program=self.program)
        content.detach()

    def abandon(self) -> None:
        """See `Sink`."""
        self._content.close()


class _Candidate:
    """A file that may be a program: its first bytes decide whether it is kept, and how much of it."""

    def __init__(self, walker: LayerWalker, path: str, entry: Entry, *, keep_code: bool) -> None:
        self._walker = walker
        self._path = path
        self._kept = _Kept(walker, path, entry, keep_code=keep_code)

    def write(self, data: memoryview) -> bool:
        """See `Sink`."""
        self._kept.write(data)
        return self._kept.program

    def close(self) -> None:
        """See `Sink`."""
        if self._kept.program:
            self._kept.close()
        else:
            self._kept.abandon()
            self._walker.pass_over(self._path)

    def abandon(self) -> None:
        """See `Sink`."""
        self._kept.abandon()


def walk_layer(open_blob: Callable[[], IO[bytes]], wanted: Wanted, budget: Budget = DEFAULT_BUDGET) -> LayerInventory:
    """Walk the layer that *open_blob* opens, a second time where that is needed, and return its inventory."""
    walker = _walk(open_blob, LayerWalker(wanted, budget))
    return walk_again(open_blob, walker, walker.finish())


def walk_again(open_blob: Callable[[], IO[bytes]], walker: LayerWalker, inventory: LayerInventory) -> LayerInventory:
    """Return *inventory*, which *walker* made of the layer that *open_blob* opens, or a better one if it can be had."""
    second = walker.again()
    return inventory if second is None else _walk(open_blob, second).finish()


def _walk(open_blob: Callable[[], IO[bytes]], walker: LayerWalker) -> LayerWalker:
    """
    One thread for all of it: inflating is most of the work, and a second thread's hand-overs cost what it would save.

    What nobody takes any more is read too: the stream may say at its end that it is another blob.
    """
    try:
        with open_blob() as stream:
            while True:
                try:
                    chunk = stream.read(_READ_BYTES)
                except DigestMismatch:
                    raise  # it is another blob: nothing that was seen counts
                except UnreadableInput as error:
                    walker.stop(error)
                    break
                if not chunk:
                    break
                walker.feed(chunk)
    except BaseException:
        walker.abandon()
        raise
    return walker
