"""Go modules of a tree. Rule: go.dev/ref/mod, "go.mod files" (require, replace, exclude, go, toolchain)."""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_DIRECTIVE: Final = pattern(
    r"(module|go|toolchain|require|replace|exclude|retract|godebug|tool|ignore)\b\s*(.*)", re.DOTALL
)
_LAST_WITHOUT_PRUNING: Final = (1, 16)
"""Before Go 1.17 go.mod named only what the module itself imports; go.sum tells of the rest."""

_FIRST_WITH_TOOLCHAIN: Final = (1, 21)

_RELEASE: Final = pattern(r"(?:go)?(\d+)\.(\d+)(\.\d+)?.*")


class GoMod:
    """``go.mod``: what is required, as replaced; the standard library by the toolchain, else by the language version."""

    name = "go-mod"
    revision = 1
    directory_only = True
    needs_siblings = True
    interest = Interest(basenames=frozenset({"go.mod", "go.sum"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; a vendored module's own files say what its author had."""
        return "/vendor/" not in f"/{path}"

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        if file.path.endswith("go.sum"):
            return
        text = text_of(file)
        required, replaced, release, toolchain = _read(text)
        for name, version in _replace(required, replaced):
            yield go_package(name, version, file.path)
        numbers = _RELEASE.fullmatch(release)
        # Since 1.21 the go line is the least toolchain; before it was the language's version, and says nothing of the build.
        tells = numbers is not None and (int(numbers[1]), int(numbers[2])) >= _FIRST_WITH_TOOLCHAIN
        version = (toolchain or (release if tells else "")).removeprefix("go").partition("-")[0]
        if version:
            yield Package(type="golang", name="stdlib", version=version, path=file.path)
        if numbers is None or (int(numbers[1]), int(numbers[2])) <= _LAST_WITHOUT_PRUNING:
            sums = file.sibling("go.sum")
            if sums is not None:
                known = {name for name, _ in required}
                for name, version in sum_entries(text_of(sums)):
                    if name not in known:
                        yield go_package(name, version, file.path)


def go_package(name: str, version: str, path: str) -> Package:
    """Return a module; its path up to the last slash is the namespace."""
    namespace, _, short = name.rpartition("/")
    return Package(type="golang", namespace=namespace, name=short, version=version, path=path)


def sum_entries(text: str) -> Iterator[tuple[str, str]]:
    """Yield (module, version) of the modules whose content a go.sum knows, not only their go.mod; the newest of each."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        parts = line.split()
        if len(parts) == 3 and not parts[1].endswith("/go.mod"):
            found[parts[0]] = parts[1]
    yield from found.items()


_Pairs = list[tuple[str, str]]


def _read(text: str) -> tuple[_Pairs, list[tuple[str, str, str, str]], str, str]:
    required: _Pairs = []
    replaced: list[tuple[str, str, str, str]] = []
    release = toolchain = block = ""
    for raw in text.splitlines():
        line = raw.partition("//")[0].strip()
        if not line:
            continue
        if block:
            if line == ")":
                block = ""
                continue
            directive, rest = block, line
        else:
            found = _DIRECTIVE.fullmatch(line)
            if found is None:
                raise UnreadableInput(f"it is no go.mod: {line[:60]!r}")
            directive, rest = found[1], found[2].strip()
            if rest == "(":
                block = directive
                continue
        words = [word.strip('"`') for word in rest.split()]
        if directive == "require" and len(words) >= 2:
            required.append((words[0], words[1]))
        elif directive == "replace" and "=>" in words:
            middle = words.index("=>")
            old, new = words[:middle], words[middle + 1 :]
            if old and new:
                replaced.append((old[0], old[1] if len(old) > 1 else "", new[0], new[1] if len(new) > 1 else ""))
        elif directive == "go" and words:
            release = words[0]
        elif directive == "toolchain" and words:
            toolchain = words[0]
    return required, replaced, release, toolchain if toolchain != "default" else ""


def _replace(required: _Pairs, replaced: list[tuple[str, str, str, str]]) -> Iterator[tuple[str, str]]:
    for name, version in required:
        for old, old_version, new, new_version in replaced:
            if old == name and old_version in ("", version):
                name, version = new, new_version
                break
        # A folder on this disk has no version.
        if version:
            yield name, version
