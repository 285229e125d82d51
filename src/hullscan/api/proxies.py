"""``X-Forwarded-…`` headers, believed from trusted addresses only."""

from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope


class Proxies:
    """Those in front of the server that may say for whom and by what address they call."""

    def __init__(self, trusted: tuple[str, ...]) -> None:
        self._trusted = tuple(ip_network(text) for text in trusted)

    def apply(self, scope: Scope) -> Scope:
        """Return *scope* as its client meant it, if a trusted proxy passed it on."""
        client = scope.get("client")
        if not self._trusted or client is None or not self._trusts(client[0]):
            return scope
        told = Headers(scope=scope)
        changed = dict(scope)
        if (proto := told.get("x-forwarded-proto", "").strip().lower()) in ("http", "https"):
            changed["scheme"] = proto
        if host := told.get("x-forwarded-host", "").strip():
            headers = MutableHeaders(raw=list(scope["headers"]))
            headers["host"] = host
            changed["headers"] = headers.raw
        # The nearest address that is no proxy of ours: what stands before it the client could have written itself.
        for address in reversed([text.strip() for text in told.get("x-forwarded-for", "").split(",")]):
            if address and not self._trusts(address):
                changed["client"] = (address, 0)
                break
        return changed

    def _trusts(self, address: str) -> bool:
        try:
            one = ip_address(address)
        except ValueError:
            return False
        return any(one in network for network in self._trusted)
