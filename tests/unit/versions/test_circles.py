"""`make prove` excuses a pair only where the reference goes round in a circle."""

from collections.abc import Sequence

from prove.circles import Differing, circle


def _by_length(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """An order without any circle."""
    return [str((len(one) > len(other)) - (len(one) < len(other))) for one, other in pairs]


def _by_last(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Rock, paper, scissors: each sign is beaten by the next, the last by the first."""
    signs = {0: "0", 1: "-1", 2: "1"}
    beaten = {"1": 0, "2": 1, "x": 2}
    return [signs.get((beaten.get(other[-1], 0) - beaten.get(one[-1], 0)) % 3, "0") for one, other in pairs]


def test_an_order_has_no_circle() -> None:
    """Neither a strict pair nor an equal one is excused by a reference that is an order."""
    pairs = [Differing("1", "10-a", "-1"), Differing("10-a", "1", "1"), Differing("1", "2", "0")]

    assert circle(pairs, _by_length) == {}


def test_a_circle_is_named() -> None:
    """1 < 2 < x < 1: the version that closes it is told."""
    pair = Differing("1", "2", "-1")

    closing = circle([pair], _by_last)[pair]

    assert closing[-1] == "x"
    assert _by_last([("2", closing), (closing, "1")]) == ["-1", "-1"]


def test_what_the_reference_refuses_closes_nothing() -> None:
    """A question without an answer proves nothing."""
    assert circle([Differing("1", "2", "-1")], lambda pairs: ["?"] * len(pairs)) == {}
