"""Files in formats that many tools share, decoded whole: JSON, JSON with comments, TOML, YAML."""

import re
from typing import Any, Final

import msgspec

from hullscan.errors import NOT_JSON, UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.patterns import pattern

_LARGEST: Final = 128 * 1024 * 1024

_TEXT: Final = r'("(?:[^"\\]|\\.)*+"?)'
"""One without an end is taken to the file's, as is a comment: looking for it again at each place would take forever."""

_COMMENTS: Final = pattern(_TEXT + r"|//[^\n]*|/\*(?:.*?\*/|.*)", re.DOTALL)
_TRAILING: Final = pattern(_TEXT + r"|,(?=\s*[}\]])", re.DOTALL)


_QUOTED: Final = pattern(r"\"[^\"]*\"|'[^']*'")
_MOST_PARTS: Final = 1_000
"""Parts of one key, ``a.b.c``: what reads them looks at all that came before for each."""


def text_of(file: LayerFile) -> str:
    """
    Return a text file's content; UTF-8, or UTF-16 if its first bytes say so.

    Raises:
        UnreadableInput: It is too large.
    """
    if file.size_bytes > _LARGEST:
        raise UnreadableInput(f"it has {file.size_bytes:,} bytes, more than a file of its kind")
    return decoded(file.read())


def decoded(data: bytes) -> str:
    """Return text: UTF-8, or UTF-16 if its first bytes say so, by a mark or by the zero beside a sign of ASCII (RFC 4627, 3)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if len(data) > 1 and not all(data[:2]):
        return data.decode("utf-16-le" if data[0] else "utf-16-be", "replace")
    return data.decode("utf-8-sig", "replace")


def json_object(file: LayerFile, *, comments: bool = False) -> dict[str, Any]:
    """
    Return a JSON file's object; with *comments*, comments and trailing commas are allowed.

    Raises:
        UnreadableInput: It is no JSON, or no object.
    """
    text = text_of(file)
    if comments:
        text = _TRAILING.sub(lambda found: found[1] or "", _COMMENTS.sub(lambda found: found[1] or "", text))
    try:
        value = msgspec.json.decode(text)
    except NOT_JSON as error:
        raise UnreadableInput(f"it is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise UnreadableInput("it is no JSON object")
    return value


def toml_table(file: LayerFile) -> dict[str, Any]:
    """
    Return a TOML file's table.

    Raises:
        UnreadableInput: It is no TOML.
    """
    import tomllib  # only trees have such files

    text = text_of(file)
    if any(
        line.count(".") > _MOST_PARTS and _QUOTED.sub("", line).count(".") > _MOST_PARTS for line in text.split("\n")
    ):
        raise UnreadableInput("it holds a key of more parts than any has")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableInput(f"it is no TOML: {error}") from error


def yaml_documents(file: LayerFile) -> list[dict[str, Any]]:
    """
    Return the mappings among a YAML file's documents.

    Raises:
        UnreadableInput: It is no YAML, is empty, or holds what is no mapping.
    """
    import yaml  # only trees have such files

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = [one for one in yaml.load_all(text_of(file), loader) if one is not None]
    except yaml.YAMLError as error:
        raise UnreadableInput(f"it is no YAML: {error}") from error
    if not found:
        raise UnreadableInput("it is empty")
    if not all(isinstance(one, dict) for one in found):
        raise UnreadableInput("it is no YAML mapping")
    return found


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the mappings of a list that may be none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_field(fields: dict[str, Any], name: str) -> str:
    """Return a text of *fields*, "" if it is not there or something else."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""
