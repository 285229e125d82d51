"""What an address names, a tag or a digest, or the specification's error where it is neither."""

from hullscan.api.registry.answers import Refused
from hullscan.errors import InvalidReference
from hullscan.model.image import Digest, parse_digest
from hullscan.services.artifacts.push import check_reference


def read_digest(text: str) -> Digest:
    """
    Return *text*, which is a digest.

    Raises:
        Refused: It is none.
    """
    try:
        return parse_digest(text)
    except InvalidReference as error:
        raise Refused("DIGEST_INVALID", str(error)) from error


def read_reference(text: str, *, unknown: str = "MANIFEST_INVALID") -> str:
    """
    Return *text*, which is a tag or a digest.

    Raises:
        Refused: It is neither; with the code *unknown* what could only be a tag.
    """
    try:
        return check_reference(text)
    except InvalidReference as error:
        raise Refused("DIGEST_INVALID" if ":" in text else unknown, str(error)) from error
