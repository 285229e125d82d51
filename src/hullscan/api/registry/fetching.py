"""What a client is told while a proxy namespace fetches for it, and how many may wait for that."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from anyio import CapacityLimiter

from hullscan.api.registry.answers import Refused
from hullscan.errors import QuotaExceeded, RegistryBusy, RegistryError, RegistryRefused

WAITING: Final = CapacityLimiter(40)
"""Requests that may wait for other registries at once: apart from all others, which these must not keep waiting."""


@contextmanager
def fetching() -> Iterator[None]:
    """
    Raises:
        Refused: The other registry did not give what was asked for.
    """
    try:
        yield
    except (RegistryRefused, QuotaExceeded) as error:
        raise Refused("DENIED", str(error)) from error
    except RegistryBusy as error:
        headers = {"Retry-After": str(max(1, math.ceil(error.retry_after_s)))}
        raise Refused("UNAVAILABLE", str(error), status=503, headers=headers) from error
    except RegistryError as error:
        raise Refused("UNAVAILABLE", str(error), status=502) from error
