"""The config of an image: its platform, the digests of its layers' tars, its labels, and how it was built."""

from typing import Any, Final

import msgspec

from hullscan.errors import NOT_JSON
from hullscan.model.image import Platform


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A step of the build: its command as the builder wrote it, and whether it made a layer."""

    created_by: str
    makes_layer: bool


class ImageConfig(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a config says; see OCI `config.md`, "Properties"."""

    platform: Platform = Platform()
    diff_ids: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    history: tuple[Step, ...] = ()


_NOTHING: Final = ImageConfig()


def read_config(data: bytes) -> ImageConfig:
    """Return what an image's config says; what is missing or odd is left empty."""
    try:
        fields = msgspec.json.decode(data)
    except NOT_JSON:
        return _NOTHING
    if not isinstance(fields, dict):
        return _NOTHING
    diff_ids = _object(fields.get("rootfs")).get("diff_ids")
    history = fields.get("history")
    return ImageConfig(
        platform=platform_of(fields) or Platform(),
        diff_ids=tuple(one for one in diff_ids if isinstance(one, str)) if isinstance(diff_ids, list) else (),
        labels=texts_of(_object(fields.get("config")).get("Labels")),
        history=tuple(
            Step(created_by=text_of(one.get("created_by")), makes_layer=one.get("empty_layer") is not True)
            for one in (history if isinstance(history, list) else ())
            if isinstance(one, dict)
        ),
    )


def platform_of(fields: dict[str, Any]) -> Platform | None:
    """Return the platform that a config, or an index of a child, names; None if it names none."""
    os, architecture = text_of(fields.get("os")), text_of(fields.get("architecture"))
    if not os and not architecture:
        return None
    return Platform(os=os, architecture=architecture, variant=text_of(fields.get("variant")))


def texts_of(value: Any) -> tuple[tuple[str, str], ...]:
    """Return an object's members that are text: labels, annotations."""
    return tuple((key, one) for key, one in _object(value).items() if isinstance(one, str))


def text_of(value: Any) -> str:
    """Return *value* if it is text, else ""."""
    return value if isinstance(value, str) else ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
