"""The base image of an image: which layers it brought, and how that is known."""

from collections.abc import Iterable
from enum import Enum

import msgspec

from hullscan.model.image import Digest


class BaseRule(Enum):
    """How it is known which layers are the base image's (docs/detectors.md, "Base image")."""

    ANNOTATION = "annotation"
    SHARED_CHAIN = "shared-chain"
    HISTORY = "history"


class BaseImage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    The base image of one image, as far as it is known.

    Attributes:
        rule: How `layers` are known; None where they are not.
        layers: Digests of the layers that the base image brought: who makes that must fix what is in them.
        total: How many layers the image has.
        artifact: Digest of the base image's artifact in this store; "" if it is not here.
        places: Where that artifact is: ``NAMESPACE/REPOSITORY:TAG``, ``NAMESPACE/REPOSITORY@DIGEST`` without a tag.
        told_name: The reference of its base image as the image says.
        told_digest: The digest of its base image as the image says.
        confirmed: Whether the artifact of that digest is here and its layers begin the image; None if that cannot be said.
    """

    rule: BaseRule | None
    layers: tuple[Digest, ...]
    total: int
    artifact: str = ""
    places: tuple[str, ...] = ()
    told_name: str = ""
    told_digest: str = ""
    confirmed: bool | None = None

    def __str__(self) -> str:
        """In one line, for people."""
        told = self.told_name or self.told_digest
        if self.rule is None:
            return f"{told}, as the image says; which layers are its is not known"
        name = self.places[0] if self.places else told
        return f"{name or 'not known by name'}, {len(self.layers)} of {self.total} layers, by {self.rule.value}"


def layers_of(bases: Iterable[BaseImage]) -> frozenset[str]:
    """Return the digests of the layers that base images brought."""
    return frozenset(layer for base in bases for layer in base.layers)
