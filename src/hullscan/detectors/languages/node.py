"""Installed npm packages. Rule: docs.npmjs.com, "package.json"; a name and a version make a package."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from hullscan.detectors.detector import Interest
from hullscan.errors import NOT_JSON, UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_LARGEST: Final = 16 * 1024 * 1024
_INSTALLED: Final = pattern(r"(?:.*/)?node_modules/(?:@[^/]+/)?[^/]+/package\.json")
"""Where npm looks for a package's own file (nodejs.org, "Loading from node_modules folders")."""

_NAME: Final = pattern(r"(?:@[^/\s@]+/)?[^/\s@][^/\s]*")
"""npm's validate-npm-package-name, leaving the rules for new names aside."""


class NodeModules:
    """``package.json`` of packages under ``node_modules`` and of the applications that use them."""

    name = "node"
    revision = 4
    directory_only = False
    interest = Interest(basenames=frozenset({"package.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path.rpartition("/")[2] == "package.json"

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; one without name or version only marks a folder (as a module, or private)."""
        if file.size_bytes > _LARGEST:
            raise UnreadableInput(f"a package.json of {file.size_bytes} bytes")
        data = file.read().removeprefix(b"\xef\xbb\xbf")
        try:
            package = read_package(data, file.path)
        except UnreadableInput:
            # Elsewhere it is a template, or an input of some package's tests: nothing that is installed.
            if _INSTALLED.fullmatch(file.path):
                raise
            return
        if package is not None:
            yield package


def read_package(data: bytes, path: str) -> Package | None:
    """
    Return the package that a ``package.json`` names, None if it names none.

    Raises:
        UnreadableInput: It is no JSON, or what it names can be no package.
    """
    try:
        fields = msgspec.json.decode(data)
    except NOT_JSON as error:
        raise UnreadableInput(f"it is no JSON: {error}") from error
    if not isinstance(fields, dict):
        return None
    name, version = fields.get("name"), fields.get("version")
    if not isinstance(name, str) or not isinstance(version, str) or not name or not version.strip():
        return None
    if not _NAME.fullmatch(name):
        raise UnreadableInput(f"{name[:60]!r} is no name of a package")
    return npm_package(name, version.strip(), path, licenses=licences_of(fields))


def licences_of(fields: dict[str, Any]) -> tuple[str, ...]:
    """Return the licences of a ``package.json``: an expression; in old ones ``{"type": …}``, or a list of these as ``licenses``."""
    told = fields.get("license") or fields.get("licenses")
    found = [one.get("type") if isinstance(one, dict) else one for one in (told if isinstance(told, list) else [told])]
    return tuple(one for one in found if isinstance(one, str) and one)


def npm_package(
    name: str, version: str, path: str, *, dev: bool = False, licenses: tuple[str, ...] = (), repository: str = ""
) -> Package:
    """
    Return an npm package; its scope, with the ``@``, is the purl's namespace.

    One that is taken from a *repository* has its address as the purl's ``vcs_url``.
    """
    scope, slash, rest = name.rpartition("/")
    return Package(
        type="npm",
        namespace=scope if slash and scope.startswith("@") else "",
        name=rest if slash and scope.startswith("@") else name,
        version=version,
        qualifiers=(("vcs_url", repository),) if repository else (),
        licenses=licenses,
        path=path,
        dev=dev,
    )


def repository_of(source: str) -> str:
    """
    Return a lock file's *source* without whose account it is, if it is a repository, else "".

    Rule: docs.npmjs.com, "package.json", Git URLs as dependencies; GitHub's are taken as the archive of a commit.
    """
    return _ACCOUNT.sub("//", source, count=1) if _REPOSITORY.match(source) else ""


_REPOSITORY: Final = pattern(
    r"git[+@:]|ssh:|(?:github|gitlab|bitbucket|gist):|https?://(?:codeload\.github\.com/|[^#?\s]*\.git(?:#|$)|[^#\s]*#commit=)"
)
_ACCOUNT: Final = pattern(r"//[^/@]*@")


def is_folder(source: str) -> bool:
    """
    Say whether a lock file's *source* is a folder of the project's own, which is no package of the registry.

    Rule: docs.npmjs.com, "package.json", local paths: ``file:`` with a folder is one, with a tarball it is a package.
    """
    return source.startswith(("link:", "portal:", "workspace:", "root:")) or (
        source.startswith("file:") and not source.partition("::")[0].partition("#")[0].endswith(_TARBALLS)
    )


_TARBALLS: Final = (".tgz", ".tar.gz", ".tar")
