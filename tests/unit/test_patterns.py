"""Expressions that are compiled late say what those of the standard library say."""

import pkgutil
import re
from importlib import import_module

import pytest

from hullscan import detectors, inventory, matching, model, versions
from hullscan.patterns import pattern

_LATE = type(pattern(""))


@pytest.mark.parametrize("text", ["a-1.5", "none", ""])
def test_they_match_as_compiled_ones_do(text: str) -> None:
    late, compiled = pattern(r"(\w)-([\d.]+)"), re.compile(r"(\w)-([\d.]+)")

    for method in ("match", "fullmatch", "search"):
        found, expected = getattr(late, method)(text), getattr(compiled, method)(text)
        assert (found and found.groups()) == (expected and expected.groups())
    assert late.sub("x", text) == compiled.sub("x", text)
    assert (late.pattern, late.flags, late.groups) == (compiled.pattern, compiled.flags, compiled.groups)


def test_flags_and_bytes_are_taken() -> None:
    late = pattern(rb"^x$", re.MULTILINE | re.IGNORECASE)

    assert late.findall(b"X\nx\ny") == [b"X", b"x"]


def test_nothing_is_compiled_before_it_is_used() -> None:
    """A mistake in an expression is told by its first use, since nothing looks at it before."""
    broken = pattern("(")

    with pytest.raises(re.error):
        broken.match("x")


@pytest.mark.parametrize("room", [detectors, inventory, matching, model, versions], ids=lambda room: room.__name__)
def test_every_expression_can_be_compiled(room: object) -> None:
    found = 0
    for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):  # type: ignore[attr-defined]
        for name, value in vars(import_module(module.name)).items():
            if isinstance(value, _LATE):
                assert value.groups >= 0, f"{module.name}.{name}"
                found += 1

    assert found, "no expression was looked at"
