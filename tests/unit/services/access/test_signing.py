"""SDK-HMAC-SHA256: the vectors of swr-api.md section 3.2, which the official SDK's signer gave."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from hullscan.errors import NotAuthenticated
from hullscan.services.access.signing import canonical_request, parse_authorization, sign, verify_signature

_ACCESS = "AKIDEXAMPLE0000000001"
_SECRET = "SkExampleSecretKey00000000000000000000001"
_PROJECT = "0123456789abcdef0123456789abcdef"
_INSTANCE = "9f8e7d6c-5b4a-4c3d-8e2f-1a2b3c4d5e6f"
_DIGEST = "sha256%3Aa48d150ffd2faf9ea63217a7774a75cd3b4a252413810c2239d1ee257efc9e13"
_DATE = "20251128T060000Z"
_HEADERS = {
    "host": "127.0.0.1:8080",
    "user-agent": "swr-test-vector/1.0",
    "content-type": "application/json",
    "x-project-id": _PROJECT,
    "x-sdk-date": _DATE,
}
_BASE = f"/v2/{_PROJECT}/instances"
_REPORT = f"{_BASE}/{_INSTANCE}/namespaces/library/repositories/{{}}/artifacts/{_DIGEST}/vulnerabilities"

VECTORS = {
    "V1": (
        "GET",
        _REPORT.format("team%2Fapp"),
        "",
        b"",
        {},
        "b2d583aae5325d183ae9a4cc18d14eaa60c0a9470d34eb5dfb16db3276f29094",
        "57bc80900b17f48ea9aef9fa06dbc6c9d6e4c47263ba95f3bb86ca963c8a13fe",
    ),
    "V1b": (
        "GET",
        _REPORT.format("team%252Fapp"),
        "",
        b"",
        {},
        "0638d70640baab14e5501d2873cbf420178ab1fb58f232d541fe224348bd4eab",
        "5ade54384d664958c06b2d06d36f022c6fe46f677fb1b02f1fd65b49a43c2785",
    ),
    "V2": (
        "POST",
        f"{_BASE}/{_INSTANCE}/namespaces",
        "",
        b'{"namespace_name": "library", "metadata": {"public": "false", "auto_scan": "true"}}',
        {},
        "d1600d8bbbec5e5fe3f0b359a6f958558b7d991430a5ea81a55687366a2ab651",
        "dd707e1dff155f6dd1357709042d0a3da4f7b2256f648dbb7ac61b122ffeefe5",
    ),
    "V3": (
        "GET",
        f"{_BASE}/{_INSTANCE}/namespaces",
        "limit=10&name=a%20b~c&offset=0",
        b"",
        {},
        "021b74c5b36db0d8d6e5c9c0b92ad70b13429e5ac32c9783816a9c1ed59ae32e",
        "d6bbb92a0132b6abf0a2e1eaddf62fb49507b200fed632f1a97a82e213ff4ec6",
    ),
    "V4": (
        "GET",
        _BASE,
        "",
        b"",
        {"x-security-token": "STSTOKEN"},
        "73cbc6b6394706e69b8442ecc88982f4494e0ba2fec5593776cce3cc1d94ff08",
        "f4a9f7620d174059f1e6f0e4c14bf3f84d758331bbd6f71a0548eb28869df70e",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_vector(name: str) -> None:
    """Canonical request and signature are the ones that the SDK computes."""
    method, path, query, body, more, digest, signature = VECTORS[name]
    headers = {**_HEADERS, **more}

    canonical = canonical_request(
        method=method,
        raw_path=path,
        raw_query=query,
        headers=headers,
        signed_headers=tuple(sorted(headers)),
        body=body,
    )

    assert hashlib.sha256(canonical.encode()).hexdigest() == digest
    assert sign(canonical, _DATE, _SECRET) == signature


def _verify(*, at: datetime, path: str = VECTORS["V1"][1], headers: dict[str, str] = _HEADERS) -> None:
    text = (
        f"SDK-HMAC-SHA256 Access={_ACCESS}, SignedHeaders=content-type;host;user-agent;x-project-id;x-sdk-date, "
        f"Signature={VECTORS['V1'][6]}"
    )
    verify_signature(
        parse_authorization(text),
        _SECRET,
        method="GET",
        raw_path=path,
        raw_query="",
        headers=headers,
        body=b"",
        at=at,
    )


def test_a_good_signature_passes() -> None:
    """The vector verifies at its own time."""
    _verify(at=datetime(2025, 11, 28, 6, 10, tzinfo=UTC))


def test_an_old_signature_is_refused() -> None:
    """More than 15 minutes off the clock is a replay."""
    with pytest.raises(NotAuthenticated, match="15 minutes"):
        _verify(at=datetime(2025, 11, 28, 6, 0, tzinfo=UTC) + timedelta(minutes=16))


def test_an_altered_path_is_refused() -> None:
    """The signature covers the path."""
    with pytest.raises(NotAuthenticated, match="does not match"):
        _verify(at=datetime(2025, 11, 28, 6, 0, tzinfo=UTC), path=VECTORS["V1"][1] + "x")


def test_a_missing_signed_header_is_refused() -> None:
    """A proxy that drops a signed header breaks the signature."""
    headers = {name: value for name, value in _HEADERS.items() if name != "x-project-id"}

    with pytest.raises(NotAuthenticated, match="x-project-id"):
        _verify(at=datetime(2025, 11, 28, 6, 0, tzinfo=UTC), headers=headers)


@pytest.mark.parametrize(
    "text",
    ["", "Bearer x", "SDK-HMAC-SHA256 Access=a", "SDK-HMAC-SHA256 Access=a, SignedHeaders=date, Signature=" + "0" * 64],
)
def test_malformed_authorization_is_refused(text: str) -> None:
    """What is no complete signature is no signature."""
    with pytest.raises(NotAuthenticated):
        parse_authorization(text)


@pytest.mark.parametrize("beside", ["the body's own hash", "UNSIGNED-PAYLOAD"])
def test_an_altered_body_is_refused(beside: str) -> None:
    """Whatever hash is put beside it, unsigned: the signature is of the body that was sent."""
    method, path, query, body, _, _, signature = VECTORS["V2"]
    claimed = hashlib.sha256(body).hexdigest() if beside == "the body's own hash" else beside
    text = (
        f"SDK-HMAC-SHA256 Access={_ACCESS}, SignedHeaders=content-type;host;user-agent;x-project-id;x-sdk-date, "
        f"Signature={signature}"
    )

    with pytest.raises(NotAuthenticated, match="does not match"):
        verify_signature(
            parse_authorization(text),
            _SECRET,
            method=method,
            raw_path=path,
            raw_query=query,
            headers={**_HEADERS, "x-sdk-content-sha256": claimed},
            body=body.replace(b"library", b"another"),
            at=datetime(2025, 11, 28, 6, 0, tzinfo=UTC),
        )
