"""Stacks that are kept: found by the lowest layers, never by others, and no more of them than may be."""

from hullscan.inventory.stack import NO_LAYERS, Stack
from hullscan.model.image import Digest, Layer
from hullscan.model.package import DetectedFile, LayerInventory, Package
from hullscan.services.indexing.known_stacks import KnownStacks


def _layer(name: str) -> LayerInventory:
    package = Package(type="pypi", name=name, version="1", path=name)
    return LayerInventory(files=(DetectedFile(path=name, detector="python", packages=(package,)),))


def _keep(stacks: KnownStacks, *names: str, detectors: str = "set") -> Stack:
    stacked = NO_LAYERS
    for count, name in enumerate(names, 1):
        stacked = stacked.with_layer(Layer(digest=Digest(name)), _layer(name))
        stacks.keep(detectors, names[:count], stacked, _layer(name))
    return stacked


def _found(stacks: KnownStacks, *names: str, detectors: str = "set") -> tuple[list[str], int]:
    stacked, count = stacks.highest(detectors, names)
    return [file.path for file in stacked.files()], count


def test_the_highest_is_found() -> None:
    """An image on a known base begins with all of the base's layers, and each of its own builds has its own."""
    stacks = KnownStacks()
    _keep(stacks, "a", "b", "c")

    assert _found(stacks, "a", "b", "x", "c") == (["a", "b"], 2)
    assert _found(stacks, "a", "b", "c") == (["a", "b", "c"], 3)
    assert _found(stacks, "b", "c") == ([], 0)


def test_other_detectors_see_something_else() -> None:
    """What one set of detectors saw is no answer for another."""
    stacks = KnownStacks()
    _keep(stacks, "a")

    assert _found(stacks, "a", detectors="other set") == ([], 0)


def test_a_stack_without_the_one_below_is_not_kept() -> None:
    """A layer that is read anew each time, as one that is missing, ends what is kept."""
    stacks = KnownStacks()
    stacks.keep("set", ("a", "b"), _keep(KnownStacks(), "a", "b"), _layer("b"))

    assert _found(stacks, "a", "b") == ([], 0)


def test_the_longest_unused_is_forgotten_from_its_top() -> None:
    """One stack too many: the top of the image that was not used goes, not its base, nor the other image."""
    one = KnownStacks()
    _keep(one, "a")
    size_bytes = one.kept_bytes
    stacks = KnownStacks(most_bytes=5 * size_bytes)
    _keep(stacks, "a", "b")
    _keep(stacks, "x", "y")
    _found(stacks, "a", "b")
    _keep(stacks, "p")

    assert stacks.kept_bytes <= 5 * size_bytes
    assert _found(stacks, "x", "y")[1] == 1
    assert _found(stacks, "a", "b")[1] == 2


def test_what_is_too_large_is_not_kept() -> None:
    """A stack above the bound leaves no room for itself."""
    stacks = KnownStacks(most_bytes=10)
    _keep(stacks, "a", "b")

    assert (_found(stacks, "a", "b")[1], stacks.kept_bytes) == (0, 0)
