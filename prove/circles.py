"""
Pairs on which a reference contradicts itself: no keys can be in its order, since it has none there.

For a pair that it calls ``a < b`` a third version is looked for with ``b <= c <= a``: a circle, which the reference goes
round by its own answers.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

Ask = Callable[[Sequence[tuple[str, str]]], list[str]]
"""Gives the reference's answers, a sign or ``?`` a pair."""

_TOKEN: Final = re.compile(r"[0-9]+|[^0-9.\-]+|[.\-]")
_ENDINGS: Final = (
    "", ".", "-", "-alpha", "-alpha.x.", "-alpha-x", ".x.", ".x", "-x", "-1", ".1", "-sp", "-rc", ".alpha.", ".sp.", ".m.x.",
)  # fmt: skip
"""What may follow a beginning of one of the two so as to lie between them."""

_AT_ONCE: Final = 200


class Differing(NamedTuple):
    """A pair, and the reference's sign for it, which is not ours."""

    first: str
    second: str
    theirs: str


def circle(pairs: Sequence[Differing], ask: Ask) -> dict[Differing, str]:
    """Return, for those of *pairs* that lie on a circle, the version that closes it."""
    found: dict[Differing, str] = {}
    for start in range(0, len(pairs), _AT_ONCE):
        some = [(pair, _between(pair)) for pair in pairs[start : start + _AT_ONCE]]
        questions = [
            question for pair, others in some for one in others for question in ((pair.second, one), (one, pair.first))
        ]
        signs = iter(ask(questions))
        for pair, others in some:
            for one in others:
                back = (next(signs), next(signs))
                if pair not in found and _closes(pair.theirs, back):
                    found[pair] = one
    return found


def _between(pair: Differing) -> list[str]:
    texts = (pair.first, pair.second)
    beginnings = {text[: token.end()].rstrip(".-") for text in texts for token in _TOKEN.finditer(text)}
    return sorted({one + ending for one in beginnings for ending in _ENDINGS} - set(texts))


def _closes(sign: str, back: Iterable[str]) -> bool:
    """
    Whether the way back, from the second by way of a third to the first, contradicts *sign*.

    Each step there and back goes the same way or stays, and one of them goes.
    """
    steps = {sign, *back}
    return steps in ({"-1"}, {"-1", "0"}, {"1"}, {"1", "0"})
