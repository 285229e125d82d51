"""Registries that may be asked without TLS, or with a certificate that nobody knows: as docker's ``insecure-registries``."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

import httpx


def is_insecure(host: str, named: Iterable[str]) -> bool:
    """
    Say whether *host*, with its port, is one of *named*: host names, with a port or for any, and addresses or networks.

    Rule: dockerd, "Insecure registries".
    """
    name = httpx.URL(f"//{host}").host
    return any(one.lower() in (host.lower(), name.lower()) or _is_within(name, one) for one in named)


def _is_within(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False
