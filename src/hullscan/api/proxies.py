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
        if (proto := _first(told, "x-forwarded-proto").lower()) in ("http", "https"):
            changed["scheme"] = proto
        if host := _first(told, "x-forwarded-host"):
            headers = MutableHeaders(raw=list(scope["headers"]))
            headers["host"] = host
            changed["headers"] = headers.raw
        # The nearest address that is no proxy of ours: what stands before it the client could have written itself.
        passed = ",".join(told.getlist("x-forwarded-for")).split(",")
        for address in map(_without_port, reversed(passed)):
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


def _first(told: Headers, name: str) -> str:
    """Return what the proxy nearest to the client said, where several wrote one after another."""
    return told.get(name, "").partition(",")[0].strip()


def _without_port(text: str) -> str:
    """Return an address that some proxies write with its port: ``192.0.2.1:5678``, ``[2001:db8::1]:5678``."""
    address = text.strip()
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
