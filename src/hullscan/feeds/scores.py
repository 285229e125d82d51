"""Scores as tables write them."""


def score_in(text: str, highest: float) -> float:
    """
    Return a score from 0 to *highest*.

    Raises:
        ValueError: It is none; ``nan`` and ``inf``, which are numbers to Python, are none either.
    """
    score = float(text)
    if not 0 <= score <= highest:
        raise ValueError(f"{text[:40]!r} is no score from 0 to {highest}")
    return score
