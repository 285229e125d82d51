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


class _State:
    """What the layers applied so far leave: files by path, and symbolic links."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, DetectedFile]] = {}
        self.links = Links()

    def apply(self, layer: Layer, inventory: LayerInventory) -> list[Problem]:
        before = dict(self.files)
        if self.files or self.links:
            self._hide(inventory)
        brought = _origins(before)
        for file in inventory.files:
            path = self.links.resolve_parent(file.path)
            known = self.files.setdefault(path, {})
            known[file.detector] = _attributed(file, path, layer, brought)
        problems = self._bind_hard_links(layer, inventory, before, brought)
        for path, target in inventory.links:
            self.links.add(self.links.resolve_parent(path), target)
        return problems

    def remaining(self) -> Iterable[DetectedFile]:
        for path in sorted(self.files):
            yield from self.files[path].values()

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
            if path in folders or path in hidden or any(_other_name(path, *one) in hidden for one in aliases):
                del self.files[path]
        self.links.hide(hidden)

    def _bind_hard_links(
        self,
        layer: Layer,
        inventory: LayerInventory,
        before: dict[str, dict[str, DetectedFile]],
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
            for name, file in source.items():
                moved = replace(file, packages=tuple(_moved(package, file.path, place) for package in file.packages))
                self.files.setdefault(place, {})[name] = _attributed(moved, place, layer, brought)
        return problems


def _other_name(path: str, alias: str, target: str) -> str:
    """Return *path* as it is called through a link to a folder above it, or as it is."""
    return alias + path[len(target) - 1 :] if path.startswith(target) else path


def _moved(package: Package, old: str, new: str) -> Package:
    return replace(package, path=new + package.path[len(old) :] if package.path.startswith(old) else package.path)


def _key(package: Package, place: str) -> tuple[str, ...]:
    """What makes two sightings the same installed package: a database may move, a language's file may not."""
    where = "" if package.type in OS_TYPES else place
    return (where, package.type, package.namespace, package.name, package.version, package.qualifier("arch"))


def _origins(files: dict[str, dict[str, DetectedFile]]) -> dict[tuple[str, ...], str]:
    return {
        _key(package, package.path): package.layer
        for detected in files.values()
        for file in detected.values()
        for package in file.packages
    }


def _attributed(file: DetectedFile, path: str, layer: Layer, brought: dict[tuple[str, ...], str]) -> DetectedFile:
    """Return *file* at *path* with the layer that each of its packages came with."""
    return replace(
        file,
        path=path,
        packages=tuple(
            replace(package, layer=brought.get(_key(package, package.path), layer.digest)) for package in file.packages
        ),
        problems=tuple(replace(problem, layer=layer.digest) for problem in file.problems),
    )
