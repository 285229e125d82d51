"""From where the registry may be called: the instance's endpoint policy."""

import time
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.requests import Request

from hullscan.api.registry.answers import Refused
from hullscan.services.context import Context
from hullscan.services.rules.rule import rules_of
from hullscan.store.access.accounts import instances
from hullscan.store.database import reading

_LOOK_AGAIN_S: Final = 2.0


class Gate:
    """Refuses addresses that the policy does not list; this machine itself may always call."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._looked = -_LOOK_AGAIN_S
        self._closed = False
        self._networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def check(self, request: Request) -> None:
        """
        Raises:
            Refused: The caller's address is not on the list, or the list is switched off and nobody is.
        """
        if time.monotonic() - self._looked > _LOOK_AGAIN_S:
            self._read()
        if not self._closed and not self._networks:
            return
        address = request.client.host if request.client is not None else ""
        try:
            found = ip_address(address)
        except ValueError as error:
            raise Refused("DENIED", "the registry's endpoint policy lets only known addresses in") from error
        if found.is_loopback or (not self._closed and any(found in network for network in self._networks)):
            return
        raise Refused("DENIED", f"the registry's endpoint policy does not let {address} in")

    def is_closed(self) -> bool:
        """Say whether there is a policy that addresses must be checked against."""
        if time.monotonic() - self._looked > _LOOK_AGAIN_S:
            self._read()
        return self._closed or bool(self._networks)

    def _read(self) -> None:
        with reading(self._context.engine) as connection:
            policies = [rule.body for one in instances(connection) for rule in rules_of(connection, "endpoint", one.id)]
        self._closed = any(not one.enable for one in policies)
        self._networks = tuple(ip_network(one.ip, strict=False) for policy in policies for one in policy.ip_list)
        self._looked = time.monotonic()
