"""Errors in the words of SWR and of Huawei Cloud's gateway (swr-api.md, section 4)."""

import json
import uuid
from typing import Any

from starlette.responses import Response


class ApiError(Exception):
    """
    A request that SWR answers with an error.

    The body has both of SWR's shapes; clients read the pair at its top. `encoded` tells an administrator why something
    was not allowed.
    """

    def __init__(self, status: int, code: str, message: str, *, encoded: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.encoded = encoded
        self.code = code if "." in code else f"SVCSTG.SWR.{code}"
        self.message = message

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the answer's JSON."""
        more = {"encoded_authorization_message": self.encoded} if self.encoded else {}
        return {
            "errors": [{"errorCode": self.code, "errorMessage": self.message, "detail": "", **more}],
            "error_code": self.code,
            "error_msg": self.message,
            "details": [{"error_code": self.code, "error_msg": self.message}],
            **more,
        }


class GatewayError(ApiError):
    """A request that the gateway before SWR answers: nobody is known, or nothing is at that address."""

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the answer's JSON."""
        return {"error_code": self.code, "error_msg": self.message, "request_id": request_id}


def not_authenticated(reason: str) -> GatewayError:
    """Return the gateway's answer to missing or bad credentials."""
    if reason.startswith("token expires"):
        return GatewayError(
            401, "APIGW.0301", f"Incorrect IAM authentication information: {reason}. The token must be updated"
        )
    return GatewayError(401, "APIGW.0301", f"Incorrect IAM authentication information: {reason}")


def no_such_api() -> GatewayError:
    """Return the gateway's answer to an unknown address or method."""
    return GatewayError(404, "APIGW.0101", "The API does not exist or has not been published in the environment")


def error_response(error: ApiError, request_id: str) -> Response:
    """Return *error* as an answer."""
    return json_response(error.body(request_id), error.status)


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return JSON."""
    return Response(
        json.dumps(value, separators=(",", ":")).encode(),
        status,
        {"Content-Type": "application/json", **(headers or {})},
    )


def new_request_id() -> str:
    """Return an id for one request, which its answer and its log lines carry."""
    return uuid.uuid4().hex
