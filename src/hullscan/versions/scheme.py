"""What a version scheme is."""

from typing import Final, Protocol

MAX_LENGTH: Final = 1_024
"""Characters; no real version is as long, and a hostile one shall cost nothing."""


class VersionScheme(Protocol):
    """
    One ecosystem's order of versions, as sort keys.

    ``key(a) < key(b)`` as bytes exactly where the ecosystem's own tool says that a is older than b; equal versions give
    equal keys. A key is never empty.
    """

    name: str

    def key(self, text: str) -> bytes:
        """
        Return the sort key of *text*.

        Raises:
            InvalidVersion: The ecosystem's own tool does not read *text* as a version.
        """
        ...
