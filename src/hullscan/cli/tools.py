"""Small commands that need no store."""

import typer

from hullscan.errors import InvalidReference


def compare(
    scheme: str = typer.Argument(help="Version scheme: dpkg, rpm, apk, pep440, npm, maven …"),
    first: str = typer.Argument(metavar="A"),
    second: str = typer.Argument(metavar="B"),
) -> None:
    """Print how version A stands to version B: < = > or invalid."""
    from hullscan import versions

    if scheme not in versions.SCHEMES:
        raise InvalidReference(f"no version scheme is called {scheme!r}; known: {', '.join(sorted(versions.SCHEMES))}")
    print(versions.compare(scheme, first, second))
