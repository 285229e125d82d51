"""What mypy does not see of msgspec's structs: a default that is dataclasses' own word for one stays that word."""

import dataclasses
import importlib
import pkgutil

import msgspec

import hullscan


def _structs(base: type) -> set[type]:
    below: list[type] = base.__subclasses__()
    return set(below).union(*map(_structs, below))


def test_defaults_are_values() -> None:
    """``field(default_factory=…)`` of dataclasses passes the type checker, and is then itself the value of the field."""
    for module in pkgutil.walk_packages(hullscan.__path__, "hullscan.", onerror=lambda _: None):
        if not module.name.startswith(("hullscan.__main__", "hullscan.cli", "hullscan.store.migrations")):
            importlib.import_module(module.name)
    ours = [one for one in _structs(msgspec.Struct) if one.__module__.startswith("hullscan.")]
    assert len(ours) > 100
    odd = {
        f"{one.__module__}.{one.__qualname__}"
        for one in ours
        if any(isinstance(default, dataclasses.Field) for default in one.__struct_defaults__)  # type: ignore[attr-defined]
    }
    assert not odd
