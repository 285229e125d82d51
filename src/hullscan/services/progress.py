"""How long work says how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Told of steps as they are done; what is drawn is the caller's affair."""

    def advance(self, subject: str, amount: int, total: int | None = None) -> None:
        """Say that *amount* more of *subject* is done, out of *total* where that is known."""
        ...


class Silent:
    """Draws nothing."""

    def advance(self, subject: str, amount: int, total: int | None = None) -> None:
        """Say nothing."""
