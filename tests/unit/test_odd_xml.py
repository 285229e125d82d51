"""XML in encodings that nobody knows, or that the parser does not take: told as anything else that is no XML."""

import pytest
from fuzz.targets import TARGETS, answer

_XML = (
    "embedded-sbom-xml",
    "nuget-config",
    "nuget-props",
    "sbom",
    "feed-glsa-glsa-209901-01",
    "feed-updateinfo-updateinfo",
    "feed-oval-elsa",
)


@pytest.mark.parametrize("encoding", [b"UTF-9", b"UTF-7", b"shift_jis", b"hex"])
@pytest.mark.parametrize("name", _XML)
def test_an_encoding_that_is_none(name: str, encoding: bytes) -> None:
    """The parser says so by errors of quite different kinds."""
    target = TARGETS[name]
    seed = target.seeds[0]
    head, body = seed[: target.selector], seed[target.selector :].partition(b"?>")
    content = body[2] if body[1] else seed[target.selector :]

    found = answer(target, head + b'<?xml version="1.0" encoding="' + encoding + b'"?>' + content)

    assert found.told
