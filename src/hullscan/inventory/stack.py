"""Layers laid over each other: what of each layer's files is still there in the finished image."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec import structs

from hullscan.inventory.links import Links
from hullscan.inventory.tree import Hidden, Tree
from hullscan.model.image import Layer
from hullscan.model.package import OS_TYPES, DetectedFile, LayerInventory, Package
from hullscan.model.report import Problem

_Key = tuple[str, ...]
"""What makes two sightings the same installed package."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as a detector saw it, each package with the layer that brought it; and these layers by package."""

    file: DetectedFile
    origins: dict[_Key, str]


@dataclass(frozen=True, slots=True)
class Stack:
    """
    What the layers applied so far leave: files by path and detector, symbolic links, and what went wrong on the way.

    It never changes: a layer more makes another stack, which shares what both hold.
    """

    _files: Tree[dict[str, _Seen]]
    _links: Links
    problems: tuple[Problem, ...]

    @property
    def paths(self) -> int:
        """How many paths it keeps: of files and links that are left, and of folders above them."""
        return self._files.paths + self._links.paths

    def links(self) -> Links:
        """Return the symbolic links that are left."""
        return self._links.copy()

    def files(self) -> Iterator[DetectedFile]:
        """Yield the files that are left, in path order, with the layer of each package."""
        for path, detected in self._files.in_order():
            for seen in detected.values():
                yield seen.file if seen.file.path == path else structs.replace(seen.file, path=path)

    def with_layer(self, layer: Layer, inventory: LayerInventory) -> "Stack":
        """Return what is left with one more *layer* on top."""
        files, links = self._files.copy(), self.links()
        taken = _clear(files, links, inventory)
        problems = [structs.replace(problem, layer=problem.layer or layer.digest) for problem in inventory.problems]
        brought = _origins(self._files.values())
        for file in inventory.files:
            _put(files, links.resolve_parent(file.path), _seen(file, layer.digest, brought))
        for path, target in inventory.hard_links:
            # The target is a file of the layers below, as it was before this layer changed anything.
            source = self._files.get(links.resolve_parent(target)) or self._files.get(target)
            if source is None:
                problems.append(_without_target(path, target, layer))
                continue
            place = links.resolve_parent(path)
            for seen in source.values():
                _put(files, place, _seen(seen.file.named(place), layer.digest, brought))
        links.hide(taken)
        for path, target in inventory.links:
            links.add(links.resolve_parent(path), target)
        links.forget()
        return Stack(files, links, (*self.problems, *problems))


NO_LAYERS = Stack(Tree(), Links(), ())


def stack(layers: Iterable[tuple[Layer, LayerInventory]]) -> Stack:
    """
    Apply *layers* from the lowest up and return what the finished image holds.

    Each package carries the digest of the layer that first brought its name and version and kept it: a package
    manager rewrites its whole database in every layer, and that brings nothing.

    Rule: OCI `layer.md`, "Applying Changesets": whiteouts and opaque marks hide the layers below only, an entry
    replaces what is at its path, and a parent that is a symbolic link below is followed.
    """
    stacked = NO_LAYERS
    for layer, inventory in layers:
        stacked = stacked.with_layer(layer, inventory)
    return stacked


def _clear(files: Tree[dict[str, _Seen]], links: Links, inventory: LayerInventory) -> Hidden:
    """
    Remove what a layer takes away, and the files that it puts something else in place of.

    Returns: Where something else is put. Links there still lead the layer's own entries to their places.
    """
    if not files and not links:
        return Hidden(set(), set())
    # Folders end with a slash here, as no path of a file does.
    named = set(inventory.others.split("\n"))
    named.update([path for path, _ in inventory.links])
    named.update([path for path, _ in inventory.hard_links])
    named.update([file.path for file in inventory.files])
    folders = {entry[:-1] for entry in named if entry.endswith("/")}.union(inventory.opaques)
    # A folder of this layer takes the place of a link below: what is said of paths under it is about the new folder.
    for replaced in (named, folders, set(inventory.whiteouts)):
        links.remove(replaced)
    if inventory.whiteouts or inventory.opaques:
        gone, emptied = (set(map(links.resolve_parent, some)) for some in (inventory.whiteouts, inventory.opaques))
        removed = Hidden(gone, emptied)
        files.hide(removed)
        links.hide(removed)
    elsewhere = links.resolve_parents(named)
    files.remove(folders.union([entry[:-1] for entry in elsewhere if entry.endswith("/")]))
    taken = Hidden(named | elsewhere, set())
    files.hide(taken)
    return taken


def _put(files: Tree[dict[str, _Seen]], path: str, seen: _Seen) -> None:
    files.put(path, {**(files.get(path) or {}), seen.file.detector: seen})


def _seen(file: DetectedFile, layer: str, brought: dict[_Key, str]) -> _Seen:
    keys = [_key(package) for package in file.packages]
    origins = [brought.get(key, layer) for key in keys]
    pairs = zip(file.packages, origins, strict=True)
    packages = tuple([structs.replace(package, layer=origin) for package, origin in pairs])
    problems = tuple([structs.replace(problem, layer=layer) for problem in file.problems])
    return _Seen(structs.replace(file, packages=packages, problems=problems), dict(zip(keys, origins, strict=True)))


def _key(package: Package) -> _Key:
    """What makes two sightings the same installed package: a database may move, a language's file may not."""
    where = "" if package.type in OS_TYPES else package.path
    return (
        where,
        package.type,
        package.namespace,
        package.name,
        package.version,
        package.qualifier("arch"),
        package.vendor,
    )


def _origins(files: Iterable[dict[str, _Seen]]) -> dict[_Key, str]:
    origins: dict[_Key, str] = {}
    for detected in files:
        for seen in detected.values():
            origins.update(seen.origins)
    return origins


def _without_target(path: str, target: str, layer: Layer) -> Problem:
    return Problem(
        code="hard-link-without-target",
        message=f"{path} is a hard link to {target}, which no layer below holds as a readable file",
        path=path,
        layer=layer.digest,
    )
