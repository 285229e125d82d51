"""Pieces of keys that several schemes share."""


def number(digits: str) -> bytes:
    """Return a number of any length as bytes in numeric order: how many digits, then the digits; zero is one 0x00."""
    stripped = digits.lstrip("0")
    if not stripped:
        return b"\x00"
    count = len(stripped)
    head = bytes((count,)) if count < 0xFF else b"\xff" + count.to_bytes(4, "big")
    return head + stripped.encode("ascii")


def is_number(text: str) -> bool:
    """Say whether *text* is ASCII's digits alone: to ``str.isdigit`` those of all scripts are digits, and even ``²``."""
    return text.isascii() and text.isdigit()


def word(text: str) -> bytes:
    """Return text ended by 0x00, so that a word sorts below a longer one that it begins."""
    return text.encode("utf-8", "replace") + b"\x00"


def numbers(parts: list[str]) -> bytes:
    """Return a list of numbers in which missing ones count as zero: zeros at its end are dropped."""
    end = len(parts)
    while end and not parts[end - 1].strip("0"):
        end -= 1
    return b"".join(b"\x02" + number(part) for part in parts[:end]) + b"\x01"
