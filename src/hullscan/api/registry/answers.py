"""Answers and errors in the words of the distribution specification."""

import json
from typing import Any, Final

from starlette.responses import Response

STATUS: Final = {
    "BLOB_UNKNOWN": 404,
    "BLOB_UPLOAD_INVALID": 400,
    "BLOB_UPLOAD_UNKNOWN": 404,
    "DIGEST_INVALID": 400,
    "MANIFEST_BLOB_UNKNOWN": 404,
    "MANIFEST_INVALID": 400,
    "MANIFEST_UNKNOWN": 404,
    "NAME_INVALID": 400,
    "NAME_UNKNOWN": 404,
    "PAGINATION_NUMBER_INVALID": 400,
    "SIZE_INVALID": 400,
    "UNAUTHORIZED": 401,
    "DENIED": 403,
    "UNSUPPORTED": 415,
    "RANGE_INVALID": 416,
    "TOOMANYREQUESTS": 429,
    "PROJECTPOLICYVIOLATION": 412,
    "INTERNAL": 500,
}
"""Code → HTTP status (distribution-spec, "Error Codes"; what it has no word for as distribution names it)."""


class Refused(Exception):
    """A request that is answered with an error of the specification."""

    def __init__(self, code: str, message: str, *, status: int = 0, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or STATUS[code]
        self.headers = headers or {}

    def response(self) -> Response:
        """Return the error as an answer."""
        body = {"errors": [{"code": self.code, "message": self.message, "detail": None}]}
        return json_answer(body, self.status, self.headers)


def unforeseen() -> Response:
    """Return the answer to a request that failed for a reason nobody foresaw."""
    return Refused("INTERNAL", "internal error; the server's log has more under this answer's X-Request-Id").response()


def cut_off(status: int) -> Response:
    """Return the answer to a request whose body was not waited for any longer."""
    why = "the server ends" if status == 503 else "nothing came for a while"
    return Refused(
        "BLOB_UPLOAD_INVALID", f"{why}; what came of an upload is kept, go on with it", status=status
    ).response()


def json_answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return JSON."""
    data = json.dumps(body).encode()
    return Response(data, status, {"Content-Type": "application/json", **(headers or {})})


def empty(status: int, headers: dict[str, str] | None = None) -> Response:
    """Return an answer without a body."""
    return Response(b"", status, {"Content-Length": "0", **(headers or {})})
