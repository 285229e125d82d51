"""What registries offer in WWW-Authenticate, and what is sent in answer."""

import json
from urllib.parse import parse_qs

import httpx
import pytest

from hullscan.errors import RegistryBusy, RegistryRefused
from hullscan.registry.authorization import authorization, read_challenges

_SCOPE = "repository:team/app:pull"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Basic realm="r"', [("basic", {"realm": "r"})]),
        ('Bearer realm="https://a/t",service="s"', [("bearer", {"realm": "https://a/t", "service": "s"})]),
        ('Bearer realm="https://a/t", service=s', [("bearer", {"realm": "https://a/t", "service": "s"})]),
        ('Negotiate, Basic realm="r, s"', [("negotiate", {}), ("basic", {"realm": "r, s"})]),
        ('Basic realm="r", Bearer realm="u", scope="x"', [("basic", {"realm": "r"}), ("bearer", {"realm": "u", "scope": "x"})]),
        (r'BASIC REALM="a \"b\""', [("basic", {"realm": 'a "b"'})]),
        ('Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
         [("newauth", {"realm": "apps", "type": "1", "title": 'Login to "apps"'}), ("basic", {"realm": "simple"})]),
        ("", []),
    ],
)  # fmt: skip
def test_challenges(text: str, expected: list[tuple[str, dict[str, str]]]) -> None:
    """RFC 9110, 11.6.1, with its own example last: several in one line, quoted commas, any case."""
    assert [tuple(one) for one in read_challenges(text)] == expected


def _client(status: int = 200) -> tuple[httpx.Client, list[httpx.Request]]:
    """A client of a token server that notes what it is asked."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, json={"token": "t"})

    return httpx.Client(transport=httpx.MockTransport(answer)), asked


@pytest.mark.parametrize(
    "challenge", ['Bearer realm="https://a/t?x=1"', 'Basic realm="r", Bearer realm="https://a/t?x=1"']
)
def test_a_token_goes_before_a_password(challenge: str) -> None:
    """Public repositories give one to everybody; what the realm's address asks already stays."""
    client, asked = _client()
    told = authorization(client, challenge, _SCOPE, None)

    assert told == "Bearer t"
    assert dict(asked[0].url.params) == {"x": "1", "scope": _SCOPE} and "Authorization" not in asked[0].headers


def test_an_identity_token_is_exchanged() -> None:
    """Cloud registries' helpers give one in place of a password (distribution, "OAuth2 Token Authentication")."""
    client, asked = _client()
    told = authorization(client, 'Bearer realm="https://a/t",service="s"', _SCOPE, ("<token>", "secret"))
    form = {name: values[0] for name, values in parse_qs(asked[0].content.decode()).items()}

    assert (told, asked[0].method) == ("Bearer t", "POST")
    assert json.dumps(form, sort_keys=True) == json.dumps(
        {"client_id": "hullscan", "grant_type": "refresh_token", "refresh_token": "secret", "scope": _SCOPE, "service": "s"}
    )  # fmt: skip


def test_no_login_and_wrong_logins() -> None:
    """Nothing to send where a password is asked for and none known, or where no token is given; others are told."""
    client, _ = _client(403)

    assert authorization(client, 'Negotiate, Basic realm="r"', _SCOPE, None) == ""
    assert authorization(client, 'Negotiate, Basic realm="r"', _SCOPE, ("me", "x")) == "Basic bWU6eA=="
    assert authorization(client, 'Bearer realm="https://a/t"', _SCOPE, ("me", "x")) == ""
    with pytest.raises(RegistryRefused):
        authorization(client, "Negotiate", _SCOPE, ("me", "x"))
    with pytest.raises(RegistryBusy):
        authorization(_client(503)[0], 'Bearer realm="https://a/t"', _SCOPE, None)
