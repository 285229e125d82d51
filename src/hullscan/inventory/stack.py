"""Layers laid over each other: what of each layer's files is still there in the finished image."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hullscan.inventory.links import Hidden, Links
from hullscan.model.image import Layer
from hullscan.model.package import OS_TYPES, DetectedFile, LayerInventory, Package
from hullscan.model.report import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacked:
    """The files that are left, in path order, with the layer of each package; and what went wrong on the way."""

    files: tuple[DetectedFile, ...]
    problems: tuple[Problem, ...]


def stack(layers: Sequence[tuple[Layer, LayerInventory]]) -> Stacked:
    """
    Apply *layers* from the lowest up and return what the finished image holds.

    Each package carries the digest of the layer that first brought its name and version and kept it: a package
    manager rewrites its whole database in every layer, and that brings nothing.

    Rule: OCI `layer.md`, "Applying Changesets": whiteouts and opaque marks hide the layers below only, an entry
    replaces what is at its path, and a parent that is a symbolic link below is followed.
    """
    state = _State()
    problems: list[Problem] = []
    for layer, inventory in layers:
        problems += [replace(problem, layer=problem.layer or layer.digest) for problem in inventory.problems]
        problems += state.apply(layer, inventory)
    return Stacked(files=tuple(state.remaining()), problems=tuple(problems))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as a detector saw it in `layer`, and of each of its packages what makes it the same and who brought it."""

    file: DetectedFile
    layer: str
    keys: tuple[tuple[str, ...], ...]
    origins: tuple[str, ...]

    def at(self, path: str) -> DetectedFile:
        """Return the file at *path*, each package with the layer that brought it."""
        pairs = zip(self.file.packages, self.origins, strict=True)
        return replace(
            self.file,
            path=path,
            packages=tuple(replace(package, layer=origin) for package, origin in pairs),
            problems=tuple(replace(problem, layer=self.layer) for problem in self.file.problems),
        )


class _State:
    """What the layers applied so far leave: files by path, and symbolic links."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, _Seen]] = {}
        self.links = Links()

    def apply(self, layer: Layer, inventory: LayerInventory) -> list[Problem]:
        before = dict(self.files)
        if self.files or self.links:
            self._hide(inventory)
        brought = _origins(before)
        for file in inventory.files:
            path = self.links.resolve_parent(file.path)
            self.files.setdefault(path, {})[file.detector] = _seen(file, layer, brought)
        problems = self._bind_hard_links(layer, inventory, before, brought)
        for path, target in inventory.links:
            self.links.add(self.links.resolve_parent(path), target)
        return problems

    def remaining(self) -> Iterable[DetectedFile]:
        for path in sorted(self.files):
            for seen in self.files[path].values():
                yield seen.at(path)

    def _hide(self, inventory: LayerInventory) -> None:
        entries = inventory.others.split("\n") if inventory.others else []
        folders = {entry[:-1] for entry in entries if entry.endswith("/")}
        folders.update(inventory.opaques)
        plain = {entry for entry in entries if not entry.endswith("/")}
        plain.update(path for path, _ in inventory.links)
        plain.update(path for path, _ in inventory.hard_links)
        plain.update(file.path for file in inventory.files)
        # A folder of this layer takes the place of a link below: what is said of paths under it is about the new folder.
        self.links.remove(folders | plain | set(inventory.whiteouts))
        gone = plain | {self.links.resolve_parent(path) for path in inventory.whiteouts}
        emptied = {self.links.resolve_parent(path) for path in inventory.opaques}
        hidden = Hidden(gone, emptied)
        aliases = [
            (alias, target + "/") for alias, target in self.links.folder_aliases(self.files) if hidden.may_hold(alias)
        ]
        for path in list(self.files):
            if path in folders or path in hidden or _hidden_elsewhere(path, aliases, hidden):
                del self.files[path]
        self.links.hide(hidden)

    def _bind_hard_links(
        self,
        layer: Layer,
        inventory: LayerInventory,
        before: dict[str, dict[str, _Seen]],
        brought: dict[tuple[str, ...], str],
    ) -> list[Problem]:
        problems = []
        for path, target in inventory.hard_links:
            # The target is a file of the layers below, as it was before this layer changed anything.
            source = before.get(self.links.resolve_parent(target)) or before.get(target)
            if source is None:
                problems.append(
                    Problem(
                        code="hard-link-without-target",
                        message=f"{path} is a hard link to {target}, which no layer below holds as a readable file",
                        path=path,
                        layer=layer.digest,
                    )
                )
                continue
            place = self.links.resolve_parent(path)
            for name, seen in source.items():
                moved = tuple(_moved(package, seen.file.path, place) for package in seen.file.packages)
                file = replace(seen.file, path=place, packages=moved)
                self.files.setdefault(place, {})[name] = _seen(file, layer, brought)
        return problems


def _hidden_elsewhere(path: str, aliases: Sequence[tuple[str, str]], hidden: Hidden) -> bool:
    """Say whether *path* is hidden by the name that it has through a link to a folder above it."""
    return any(path.startswith(target) and alias + path[len(target) - 1 :] in hidden for alias, target in aliases)


def _moved(package: Package, old: str, new: str) -> Package:
    return replace(package, path=new + package.path[len(old) :] if package.path.startswith(old) else package.path)


def _key(package: Package, place: str) -> tuple[str, ...]:
    """What makes two sightings the same installed package: a database may move, a language's file may not."""
    where = "" if package.type in OS_TYPES else place
    return (where, package.type, package.namespace, package.name, package.version, package.qualifier("arch"))


def _origins(files: dict[str, dict[str, _Seen]]) -> dict[tuple[str, ...], str]:
    return {
        key: origin
        for detected in files.values()
        for seen in detected.values()
        for key, origin in zip(seen.keys, seen.origins, strict=True)
    }


def _seen(file: DetectedFile, layer: Layer, brought: dict[tuple[str, ...], str]) -> _Seen:
    keys = tuple(_key(package, package.path) for package in file.packages)
    return _Seen(file, layer.digest, keys, tuple(brought.get(key, layer.digest) for key in keys))
