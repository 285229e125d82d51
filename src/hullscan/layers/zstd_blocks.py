"""Where the blocks of a zstd frame are, without decoding them. Rule: RFC 8878, 3.1.1 (frames, blocks) and 3.1.2 (skippable)."""

from typing import Final

_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_DICTIONARY_BYTES: Final = (0, 1, 2, 4)
_SIZE_BYTES: Final = (0, 2, 4, 8)
_RUN: Final = 1
"""The type of a block that is one byte, however often."""


class BlockSteps:
    """
    Divides one frame, which arrives in chunks, into steps of a few blocks.

    Four bytes may be a block of 128 KiB, and the decoder gives all that is in the bytes it is handed: 64 KiB of them can be 2 GiB.
    """

    def __init__(self, blocks: int) -> None:
        """Let a step hold the headers of so many *blocks*: as many, and the end of one before, become plain in it."""
        self._most = blocks
        self._head = b""
        self._wanted = 4
        self._skip = 0
        self._inside = False
        self._over = False

    def next(self, data: bytes, start: int) -> int:
        """Return where in *data* the step ends that begins at *start*."""
        position, size, blocks = start, len(data), 0
        while position < size and not self._over:
            if self._skip:
                step = min(self._skip, size - position)
                self._skip -= step
                position += step
                continue
            taken = data[position : position + self._wanted - len(self._head)]
            self._head += taken
            position += len(taken)
            if len(self._head) < self._wanted:
                break
            if not self._inside:
                self._frame()
                continue
            self._block()
            blocks += 1
            if blocks == self._most:
                return position
        return size if self._over else position

    def _frame(self) -> None:
        """Take more of the frame's header; what is no frame is left to the decoder, which refuses it."""
        head = self._head
        if not head.startswith(_MAGIC):
            self._over = True
        elif len(head) == 4:
            self._wanted = 5
        else:
            flags = head[4]
            single = bool(flags & 0x20)
            self._skip = (not single) + _DICTIONARY_BYTES[flags & 3] + (_SIZE_BYTES[flags >> 6] or single)
            self._inside, self._head, self._wanted = True, b"", 3

    def _block(self) -> None:
        header = int.from_bytes(self._head, "little")
        self._skip = 1 if header >> 1 & 3 == _RUN else header >> 3
        self._head = b""
        self._over = bool(header & 1)
