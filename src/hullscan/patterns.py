"""Regular expressions that are compiled when they are first used."""

import re
from typing import Any, AnyStr, cast


def pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """
    Return what `re.compile` returns, to all who use it, but compiled with its first use.

    Most formats do not occur in most images: compiling the expressions of all would take a fifth of the time before a scan's
    first byte is read.
    """
    return cast("re.Pattern[AnyStr]", _Pattern(text, flags))


class _Pattern:
    """Compiles, and keeps each method that is asked for, so that the next look-up finds it here."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text = text
        self._flags = flags
        self._compiled: re.Pattern[Any] | None = None

    def __getattr__(self, name: str) -> object:
        if self._compiled is None:
            self._compiled = re.compile(self._text, self._flags)
        value = getattr(self._compiled, name)
        setattr(self, name, value)
        return value
