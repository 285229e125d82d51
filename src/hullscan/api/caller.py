"""Who calls SWR or IAM: by token, by signature, or by both if they agree."""

from hullscan.api.errors import not_authenticated
from hullscan.errors import NotAuthenticated, WrongSecret
from hullscan.services.access.accounts import Accounts
from hullscan.services.access.callers import Caller
from hullscan.services.access.signing import parse_authorization, verify_signature
from hullscan.services.context import now


def identify(
    accounts: Accounts, *, method: str, raw_path: str, raw_query: str, headers: dict[str, str], body: bytes
) -> Caller:
    """
    Return the caller; *headers* by lower-case name.

    A signature counts before a token; where both are there they must be of one account (swr-api.md, 7-17).

    Raises:
        GatewayError: Nobody proved who they are.
    """
    token = headers.get("x-auth-token", "")
    authorization = headers.get("authorization", "")
    try:
        if authorization.startswith("SDK-HMAC-SHA256"):
            signature = parse_authorization(authorization)
            caller, secret = accounts.signer(signature.access, security_token=headers.get("x-security-token", ""))
            try:
                verify_signature(
                    signature,
                    secret,
                    method=method,
                    raw_path=raw_path,
                    raw_query=raw_query,
                    headers=headers,
                    body=body,
                    at=now(),
                )
            except WrongSecret:
                # A wrong clock or a malformed header is no guess: it would lock out the key's other users.
                accounts.note_signature(signature.access, good=False)
                raise
            accounts.note_signature(signature.access, good=True)
            accounts.replays.refuse(signature.value, method)
            if token:
                other = accounts.by_token(token)
                if other.account_id != caller.account_id:
                    raise NotAuthenticated("token and signature are of different accounts")
                return other
            return caller
        if token:
            return accounts.by_token(token)
    except NotAuthenticated as error:
        raise not_authenticated(str(error)) from error
    raise not_authenticated("x-auth-token not found")
