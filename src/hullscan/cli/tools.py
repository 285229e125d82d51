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

    _check(scheme)
    print(versions.compare(scheme, first, second))


def satisfies(
    scheme: str = typer.Argument(help="Version scheme: dpkg, rpm, apk, pep440, npm, maven …"),
    version: str = typer.Argument(),
    constraint: str = typer.Argument(help="Such as '> 1.0, < 2.0 || = 3.0'"),
) -> None:
    """Print whether VERSION satisfies CONSTRAINT: yes or no."""
    from hullscan.versions import constraints

    _check(scheme)
    print("yes" if constraints.satisfies(scheme, version, constraint) else "no")


def _check(scheme: str) -> None:
    from hullscan import versions

    if scheme not in versions.SCHEMES:
        raise InvalidReference(f"no version scheme is called {scheme!r}; known: {', '.join(sorted(versions.SCHEMES))}")
