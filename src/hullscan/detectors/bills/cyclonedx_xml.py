"""CycloneDX in XML, which has the JSON's names: an element for each field, lists as elements of one name (cyclonedx.org/docs)."""

from typing import TYPE_CHECKING, Any, Final

from hullscan.errors import NOT_XML, UnreadableInput

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DEEPEST: Final = 100


def cyclonedx_of_xml(data: bytes, path: str) -> dict[str, Any]:
    """
    Return what *data* lists, in the JSON's words.

    Raises:
        UnreadableInput: It is no XML, or no CycloneDX.
    """
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(data)
    except NOT_XML as error:
        raise UnreadableInput(f"{path} is no XML: {error}") from error
    if _local(root) != "bom" or "cyclonedx" not in root.tag:
        raise UnreadableInput(f"{path} is XML, but no CycloneDX")
    metadata = next((one for one in root if _local(one) == "metadata"), None)
    about = next((one for one in metadata if _local(one) == "component"), None) if metadata is not None else None
    return {
        "components": _components(root, 0),
        "metadata": {"component": _component(about, 0)} if about is not None else {},
    }


def _components(parent: "Element", depth: int) -> list[dict[str, Any]]:
    if depth > _DEEPEST:
        return []
    found = []
    for listed in (one for one in parent if _local(one) == "components"):
        found += [_component(one, depth) for one in listed if _local(one) == "component"]
    return found


def _component(element: "Element", depth: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": element.get("type", ""), "components": _components(element, depth + 1)}
    for child in element:
        name = _local(child)
        if name in ("name", "version", "purl", "group", "cpe", "publisher", "scope"):
            fields[name] = (child.text or "").strip()
        elif name == "supplier":
            fields[name] = {_local(each): (each.text or "").strip() for each in child}
        elif name == "licenses":
            fields["licenses"] = [_licence(each) for each in child]
        elif name == "properties":
            fields["properties"] = [{"name": each.get("name"), "value": each.text} for each in child]
    return fields


def _licence(element: "Element") -> dict[str, Any]:
    text = (element.text or "").strip()
    if _local(element) == "expression":
        return {"expression": text}
    return {"license": {_local(one): (one.text or "").strip() for one in element}}


def _local(element: "Element") -> str:
    return str(element.tag).rpartition("}")[2]
