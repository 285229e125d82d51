"""The embedded store, opened when it is first needed: importing it takes a while, and the layers need not wait."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hullscan.model.report import Problem
from hullscan.settings import Settings
from hullscan.store.quick_look import layers_known

if TYPE_CHECKING:
    from hullscan.services.context import Context


class LazyStore:
    """
    Opens the store of *settings* on the first question that only it can answer.

    *ahead* loads what its owner needs later; it is called while other processes read layers, if any do.
    """

    def __init__(self, settings: Settings, ahead: Callable[[], None] | None = None) -> None:
        self.settings = settings
        self._ahead = ahead
        self._context: Context | None = None

    def context(self) -> "Context":
        """Return the store, opened."""
        if self._context is None:
            from hullscan.services.context import open_context

            self._context = open_context(self.settings)
        return self._context

    def get_ready(self) -> None:
        """Open the store and load what judging stands on: for the time in which other processes read layers."""
        import packageurl  # noqa: F401 (loaded for those who come after, as are the next)

        from hullscan.inventory import image  # noqa: F401
        from hullscan.services.indexing import (
            base_images,  # noqa: F401
            packages,  # noqa: F401
        )
        from hullscan.services.reports import report  # noqa: F401
        from hullscan.services.scans import fresh_feeds  # noqa: F401

        self.context()
        if self._ahead is not None:
            self._ahead()

    def close(self) -> None:
        """Let the store go, if it was opened."""
        if self._context is not None:
            self._context.close()

    def layers_known_at_a_glance(self, digests: Sequence[str], detectors: str) -> set[str]:
        """Return the layers that the embedded store surely has; none for a store elsewhere, which is asked itself."""
        url = self.settings.database_url
        if not url.startswith("sqlite:///"):
            return set(digests)
        return layers_known(Path(url.removeprefix("sqlite:///")), digests, detectors)

    def known_layers(self, digests: Sequence[str], detectors: str) -> dict[str, bytes]:
        """Return the encoded inventories of those layers that were seen before."""
        from hullscan.store.artifacts.inventories import layer_bodies
        from hullscan.store.database import reading

        with reading(self.context().engine) as connection:
            return layer_bodies(connection, list(dict.fromkeys(digests)), detectors)

    def problems_of_image(self, digest: str, detectors: str) -> tuple[Problem, ...] | None:
        """Return what *detectors* could not read of an image, None if they did not see it."""
        from hullscan.services.indexing.packages import indexed_as
        from hullscan.store.artifacts.inventories import image_problems
        from hullscan.store.database import reading

        with reading(self.context().engine) as connection:
            return image_problems(connection, digest, indexed_as(detectors))

    def keep_layers(self, bodies: dict[str, bytes], detectors: str) -> None:
        """Keep the inventories of layers that were walked whole."""
        if not bodies:
            return
        from hullscan.services.context import now
        from hullscan.store.artifacts.inventories import add_layers
        from hullscan.store.database import writing

        with writing(self.context().engine) as connection:
            add_layers(connection, bodies, detectors, now())
