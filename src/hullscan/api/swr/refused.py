"""Operations of the cloud that one host has no use for: each answers the documented error and says why."""

from typing import Any, Final

from hullscan.api.errors import ApiError
from hullscan.api.swr.operation import Call, Handler


def refuse(reason: str) -> Handler:
    """Return a handler that refuses, after the caller's right and the path were checked."""

    def handle(call: Call) -> Any:
        if "instance_id" in call.parameters:
            call.instance()
        raise ApiError(400, REFUSED_CODE, f"This operation is not supported by a self-hosted instance: {reason}")

    return handle


REFUSED_CODE: Final = "4000014"
"""Invalid API parameters: what the catalogue has for a request that cannot be met (swr-api.md, 4.3)."""

NO_VPC: Final = "there is no VPC; restrict access by the endpoint policy or your network"
NO_DOMAINS: Final = "its names are those of your DNS and of the certificate in HULLSCAN_TLS_CERT"
ONE_INSTANCE: Final = "a server is one instance; start another server with its own HULLSCAN_DATA_DIR"
