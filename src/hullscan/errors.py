"""
What can go wrong, as one tree.

HullscanError
├── InvalidVersion        a version its scheme cannot read; never sorts anywhere
├── InvalidReference      a digest, image reference, target or name that is malformed
├── UnreadableInput       bytes that are not what they should be (a broken tar, status file, SBOM …)
│   ├── BudgetExceeded    a stream went past a limit; what was read before it stands
│   └── DigestMismatch    bytes that are not those the digest or size names
├── NotFound              the thing named does not exist (image, repository, blob, feed …)
├── Conflict              the thing exists already, or is in a state that forbids the call
├── FeedError             a feed could not be fetched, read or trusted; the old snapshot stays in use
├── RegistryError         another registry could not be reached or refused; worth another try
│   ├── RegistryBusy      it says that it is asked too often, or that it cannot answer for now
│   └── RegistryRefused   it answers, and gives this one thing to us never; others perhaps
├── StoreError            the database or the blob store is away or of an unknown revision
├── AccessDenied          the caller is known and may not do this
├── NotAuthenticated      the caller is not known
│   └── WrongSecret       what they proved it with is not theirs; counted, and locks after some tries
└── SettingsError         a setting is missing or makes no sense; says which and what to do

Bad input becomes a `Problem` in the report; the world being away is raised and tried again;
our own mistakes are let out.
"""

from typing import Final

import msgspec

NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no JSON of the form asked for: bytes that are no text, and brackets without end."""

NOT_XML: Final = (SyntaxError, ValueError, LookupError)
"""What parsers of XML raise for bytes that are none: ElementTree's ParseError, what defusedxml refuses, and encodings unknown."""


class HullscanError(Exception):
    """Base of all errors that hullscan raises on purpose; its text is fit for users."""


class InvalidVersion(HullscanError):
    """The version scheme cannot read this text."""

    def __init__(self, scheme: str, text: str, reason: str = "") -> None:
        super().__init__(f"{text!r} is not a {scheme} version" + (f": {reason}" if reason else ""))
        self.scheme = scheme
        self.text = text


class InvalidReference(HullscanError):
    """A digest, reference, target or name is malformed."""


class UnreadableInput(HullscanError):
    """Bytes that could not be read as what they claim to be."""


class BudgetExceeded(UnreadableInput):
    """A limit on size, ratio, count, depth or time was passed."""


class DigestMismatch(UnreadableInput):
    """Content differs from its digest or size."""


class NotFound(HullscanError):
    """The thing named does not exist."""


class Conflict(HullscanError):
    """The thing exists already, or its state forbids the call."""


class FeedError(HullscanError):
    """A feed could not be fetched, read or trusted."""


class RegistryError(HullscanError):
    """Another registry could not be reached, or refused."""


class RegistryBusy(RegistryError):
    """Another registry is asked too often; *retry_after_s* is when it wants to be asked again, 0 if it does not say."""

    def __init__(self, message: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RegistryRefused(RegistryError):
    """Another registry does not give this to us: asking again is of no use."""


class StoreError(HullscanError):
    """The database or blob store is away, or of an unknown revision."""


class AccessDenied(HullscanError):
    """The caller is known and may not do this."""


class ImmutableTag(Conflict):
    """A rule forbids to move or delete a tag."""


class QuotaExceeded(AccessDenied):
    """A namespace may not hold more."""


class NotAuthenticated(HullscanError):
    """The caller is not known."""


class WrongSecret(NotAuthenticated):
    """A password or signature that is not the name's or key's; a guess, as far as can be told."""


class SettingsError(HullscanError):
    """A setting is missing or makes no sense."""
