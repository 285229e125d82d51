"""How a registry that asks who calls is answered: by Basic, or by a token from where it says."""

import base64
import re
from typing import Final, NamedTuple
from urllib.parse import urlencode

import httpx

from hullscan.errors import RegistryBusy, RegistryError, RegistryRefused

_TOO_MANY: Final = 429

_TOKEN: Final = r"[\w!#$%&'*+.^`|~-]+"
_PART: Final = re.compile(
    rf"""[\s,]*(?:(?P<name>{_TOKEN})\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s,"]*))|(?P<scheme>{_TOKEN}))"""
)
BY_TOKEN: Final = "<token>"
"""The user's name that docker's credential helpers give where the secret is an identity token."""


class Challenge(NamedTuple):
    """One way in: its scheme in lower case, and its parameters."""

    scheme: str
    fields: dict[str, str]


def read_challenges(text: str) -> list[Challenge]:
    """Return what a ``WWW-Authenticate`` offers; several stand in one line, or in lines joined by commas (RFC 9110, 11.6.1)."""
    found: list[Challenge] = []
    for part in _PART.finditer(text):
        if part["scheme"]:
            found.append(Challenge(part["scheme"].lower(), {}))
        elif found:
            value = part["bare"] if part["quoted"] is None else re.sub(r"\\(.)", r"\1", part["quoted"])
            found[-1].fields[part["name"].lower()] = value
    return found


def authorization(client: httpx.Client, challenge: str, scope: str, login: tuple[str, str] | None) -> str:
    """
    Return the ``Authorization`` that *challenge* asks for, "" if *login* (user and password) is missing or not accepted.

    A token is preferred, which public repositories give to everybody.

    Raises:
        RegistryRefused: It asks for what is not known here.
        RegistryError: Who gives tokens is away.

    Rule: distribution, "Token Authentication Specification"; for identity tokens its "OAuth2 Token Authentication".
    """
    offered = {one.scheme: one.fields for one in reversed(read_challenges(challenge))}
    if "realm" in offered.get("bearer", {}):
        token = _token(client, offered["bearer"], scope, login)
        return f"Bearer {token}" if token else ""
    if "basic" in offered:
        return basic(login) if login else ""
    raise RegistryRefused(f"the registry asks for a login of an unknown kind: {challenge[:100] or 'it says none'}")


def basic(login: tuple[str, str]) -> str:
    """Return the ``Authorization`` of user and password."""
    return "Basic " + base64.b64encode(":".join(login).encode()).decode()


def _token(client: httpx.Client, fields: dict[str, str], scope: str, login: tuple[str, str] | None) -> str:
    realm = fields["realm"]
    query = {name: value for name, value in (("service", fields.get("service", "")), ("scope", scope)) if value}
    try:
        if login is not None and login[0] == BY_TOKEN:
            form = {**query, "grant_type": "refresh_token", "refresh_token": login[1], "client_id": "hullscan"}
            answer = client.post(realm, data=form)
        else:
            joint = "&" if "?" in realm else "?"
            headers = {"Authorization": basic(login)} if login else {}
            answer = client.get(f"{realm}{joint}{urlencode(query)}", headers=headers)
        if answer.is_server_error or answer.status_code == _TOO_MANY:
            raise RegistryBusy(f"{realm} answered {answer.status_code}")
        told = answer.json() if answer.is_success else {}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise RegistryError(f"no token could be had from {realm}: {error}") from error
    found = (told.get("token") or told.get("access_token")) if isinstance(told, dict) else None
    return found if isinstance(found, str) else ""
