"""Progress on stderr: bars where a person watches, nothing where a script does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hullscan.services.progress import Progress


@contextmanager
def shown_progress() -> Iterator["Progress"]:
    """Give a progress that draws bars on a terminal, and one that says nothing elsewhere."""
    from hullscan.services.progress import Silent

    if not sys.stderr.isatty():
        yield Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        class Bars:
            """Draws one bar a subject."""

            def advance(self, subject: str, amount: int, total: int | None = None) -> None:
                """See `services.progress.Progress`."""
                if subject not in tasks:
                    tasks[subject] = bars.add_task(subject, total=total)
                bars.update(tasks[subject], advance=amount, total=total)

        yield Bars()
