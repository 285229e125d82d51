"""Random versions of each scheme: mostly well-formed, near to each other, and now and then odd."""

import random
from collections.abc import Callable, Iterator
from typing import Final


def _numbers(chance: random.Random, most: int, low: int = 1) -> str:
    parts = [
        str(chance.choice((0, 1, 2, 9, 10, 11, chance.randrange(3_000)))) for _ in range(chance.randint(low, most))
    ]
    return ".".join(parts)


def _dpkg(chance: random.Random) -> str:
    text = f"{chance.randrange(3)}:" if chance.random() < 0.2 else ""
    text += _numbers(chance, 3)
    while chance.random() < 0.5:
        text += chance.choice(("~rc1", "~", "+dfsg", "+b1", "a", ".0", "~~", "-1", "+git20200101", "Z"))
    return text + (
        f"-{chance.choice(('1', '2', '0ubuntu1', '1~bpo12+1', '1+deb11u2', '10'))}" if chance.random() < 0.7 else ""
    )


def _rpm(chance: random.Random) -> str:
    text = _numbers(chance, 3)
    while chance.random() < 0.5:
        text += chance.choice(("~rc1", "^git1", "a", ".0", "_1", "b2", "~", ".el9", "..", "Z", "+"))
    return text


def _pep440(chance: random.Random) -> str:
    text = f"{chance.randrange(2)}!" if chance.random() < 0.1 else ""
    text += _numbers(chance, 4)
    if chance.random() < 0.3:
        text += chance.choice(("a", "b", "rc", "alpha", ".beta", "-c", "_pre")) + str(chance.randrange(12))
    if chance.random() < 0.2:
        text += chance.choice((".post", "-", ".rev", "post")) + str(chance.randrange(12))
    if chance.random() < 0.2:
        text += f".dev{chance.randrange(12)}"
    return text + (f"+{chance.choice(('local', '1', 'a.1', 'ubuntu-1', '10'))}" if chance.random() < 0.1 else "")


def _npm(chance: random.Random) -> str:
    text = ".".join(str(chance.choice((0, 1, 2, 10, chance.randrange(100)))) for _ in range(3))
    if chance.random() < 0.5:
        words = ("alpha", "beta", "rc", "1", "10", "2", "x-y", "0a", "A", "-")
        text += "-" + ".".join(chance.choice(words) for _ in range(chance.randint(1, 3)))
    return text + ("+build.1" if chance.random() < 0.1 else "")


def _gem(chance: random.Random) -> str:
    text = _numbers(chance, 4)
    while chance.random() < 0.4:
        text += "." + chance.choice(("a", "b", "rc1", "pre", "0", "beta2", "1a"))
    return text


def _maven(chance: random.Random) -> str:
    text = _numbers(chance, 4)
    words = (
        "alpha",
        "beta",
        "rc",
        "SNAPSHOT",
        "ga",
        "Final",
        "sp",
        "cr",
        "m1",
        "a1",
        "jre",
        "x",
        "1",
        "0",
        "RELEASE",
        "b",
    )
    while chance.random() < 0.45:
        text += chance.choice(("-", ".", "")) + chance.choice(words)
    return text


def _composer(chance: random.Random) -> str:
    text = ("v" if chance.random() < 0.1 else "") + _numbers(chance, 4)
    if chance.random() < 0.5:
        words = ("alpha", "beta", "RC", "a", "b", "rc", "pl", "p", "patch", "dev", "stable", "BETA")
        text += chance.choice(("-", ".", "", "_")) + chance.choice(words)
        text += chance.choice(("", str(chance.randrange(12)), f".{chance.randrange(12)}", f"-{chance.randrange(3)}"))
    return text + chance.choice(("", "", "", "-dev", "+build.1"))


def _nuget(chance: random.Random) -> str:
    text = _numbers(chance, 4)
    if chance.random() < 0.5:
        words = ("alpha", "beta", "rc", "1", "10", "2", "x-y", "0a", "BETA", "preview", "Rc", "-")
        text += "-" + ".".join(chance.choice(words) for _ in range(chance.randint(1, 3)))
    return text + ("+build.1" if chance.random() < 0.1 else "")


def _jvm(chance: random.Random) -> str:
    # 1.8 is Java 8, which Runtime.Version does not know: no change of one sign may make the first number 1.
    text = str(chance.choice((8, 9, chance.randrange(22, 30))))
    if chance.random() < 0.7:
        text += "." + _numbers(chance, 3) + f".{chance.randrange(1, 12)}"  # JEP 223: no zero at the end
    if chance.random() < 0.4:
        text += "-" + chance.choice(("ea", "internal", "1", "10", "2", "rc1", "EA"))
    return text


GENERATORS: Final[dict[str, Callable[[random.Random], str]]] = {
    "dpkg": _dpkg,
    "rpm": _rpm,
    "pep440": _pep440,
    "npm": _npm,
    "gem": _gem,
    "maven": _maven,
    "composer": _composer,
    "nuget": _nuget,
    "jvm": _jvm,
}


def pairs(scheme: str, count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield *count* pairs; half of them are one version and a small change of it, which is where orders differ."""
    chance = random.Random(f"{scheme} {seed}")
    make = GENERATORS[scheme]
    for _ in range(count):
        first = make(chance)
        yield first, _near(first, chance) if chance.random() < 0.5 else make(chance)


def _near(text: str, chance: random.Random) -> str:
    """The same but for one sign; no dash where there was none, which is no part of an rpm's version."""
    place = chance.randrange(len(text) + 1)
    if chance.random() < 0.5 and place < len(text):
        return (text[:place] + text[place + 1 :]) or "0"
    signs = "01.a-9b" if "-" in text else "01.a9b"
    return text[:place] + chance.choice(signs) + text[place:]
