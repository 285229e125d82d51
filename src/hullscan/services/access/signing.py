"""
Signatures of requests with an access key: Huawei Cloud's SDK-HMAC-SHA256.

Rule: swr-api.md section 3.2, which is what the official SDK's signer computes.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, unquote, unquote_to_bytes

from hullscan.errors import NotAuthenticated, WrongSecret

ALGORITHM: Final = "SDK-HMAC-SHA256"
CLOCK_SKEW: Final = timedelta(minutes=15)

_AUTHORIZATION: Final = re.compile(r"SDK-HMAC-SHA256 Access=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})")
_UNSIGNED: Final = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What an Authorization header says."""

    access: str
    signed_headers: tuple[str, ...]
    value: str


def parse_authorization(text: str) -> Signature:
    """
    Read an Authorization header.

    Raises:
        NotAuthenticated: It is no SDK-HMAC-SHA256 signature, or leaves out what must be signed.
    """
    found = _AUTHORIZATION.fullmatch(text.strip())
    if found is None:
        raise NotAuthenticated("verify aksk signature fail, the Authorization header is malformed")
    headers = tuple(found[2].lower().split(";"))
    # Not the host: the SDK for Go signs x-sdk-date, x-project-id and user-agent only.
    if "x-sdk-date" not in headers:
        raise NotAuthenticated("verify aksk signature fail, x-sdk-date must be signed")
    return Signature(access=found[1], signed_headers=headers, value=found[3])


def verify_signature(
    signature: Signature,
    secret: str,
    *,
    method: str,
    raw_path: str,
    raw_query: str,
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
) -> None:
    """
    Compare *signature* with the request as it came over the wire; *headers* by lower-case name.

    Raises:
        NotAuthenticated: It differs, a signed header is missing, or the date is more than 15 minutes off.
    """
    date = headers.get("x-sdk-date", "")
    _check_date(date, at)
    missing = [name for name in signature.signed_headers if name not in headers]
    if missing:
        raise NotAuthenticated(f"verify aksk signature fail, signed header {missing[0]} is missing")
    canonical = canonical_request(
        method=method,
        raw_path=raw_path,
        raw_query=raw_query,
        headers=headers,
        signed_headers=signature.signed_headers,
        body=body,
    )
    expected = sign(canonical, date, secret)
    if not hmac.compare_digest(expected, signature.value):
        raise WrongSecret("verify aksk signature fail, the signature does not match the request")


def canonical_request(
    *,
    method: str,
    raw_path: str,
    raw_query: str,
    headers: Mapping[str, str],
    signed_headers: tuple[str, ...],
    body: bytes,
) -> str:
    """Return the text that is signed: six parts, one a line (the fourth ends in a line of its own)."""
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in signed_headers)
    # A hash that comes beside the body proves nothing of it; that the body is not signed, the signature itself says.
    if body and headers.get("x-sdk-content-sha256") == _UNSIGNED:
        payload = _UNSIGNED
    else:
        payload = hashlib.sha256(body).hexdigest()
    return "\n".join((method.upper(), _path(raw_path), _query(raw_query), lines, ";".join(signed_headers), payload))


def sign(canonical: str, date: str, secret: str) -> str:
    """Return the signature of a canonical request, lower-case hexadecimal."""
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    text = f"{ALGORITHM}\n{date}\n{digest}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _path(raw_path: str) -> str:
    parts = unquote_to_bytes(raw_path).split(b"/")
    path = "/".join(quote(part, safe="~") for part in parts)
    return path if path.endswith("/") else path + "/"


def _query(raw_query: str) -> str:
    if not raw_query:
        return ""
    pairs = []
    for part in raw_query.split("&"):
        key, _, value = part.partition("=")
        pairs.append((unquote(key.replace("+", " ")), unquote(value.replace("+", " "))))
    return "&".join(f"{quote(key, safe='~')}={quote(value, safe='~')}" for key, value in sorted(pairs))


def _check_date(text: str, at: datetime) -> None:
    try:
        signed_at = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise NotAuthenticated("verify aksk signature fail, X-Sdk-Date is missing or malformed") from error
    if abs(at - signed_at) > CLOCK_SKEW:
        raise NotAuthenticated("verify aksk signature fail, X-Sdk-Date is more than 15 minutes off")
