"""
How long it takes to know who calls: a token that was seen a moment ago, a new one, and a signature.

    python -m bench.identity
"""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime

from hullscan.api.caller import identify
from hullscan.services.access.accounts import Accounts
from hullscan.services.access.signing import ALGORITHM, canonical_request, sign
from hullscan.services.context import Context, open_context
from hullscan.services.upkeep.status import service_status
from hullscan.settings import Settings

_RUNS = 1_000
_PATH = "/v2/0123456789abcdef0123456789abcdef/instances/1/namespaces/base/repositories/a%252Fb/artifacts"
_ACCESS, _SECRET = "BENCHACCESSKEY000000", "bench-secret-key-of-forty-characters-000"


def main() -> None:
    """Make a store with one account and time the checks."""
    with tempfile.TemporaryDirectory(prefix="hullscan-identity-") as folder:
        settings = {
            "HULLSCAN_DATA_DIR": folder,
            "HULLSCAN_ADMIN_ACCESS_KEY": _ACCESS,
            "HULLSCAN_ADMIN_SECRET_KEY": _SECRET,
        }
        context = open_context(Settings.from_environment(settings))
        try:
            _measure(context)
        finally:
            context.close()


def _measure(context: Context) -> None:
    service_status(context)
    accounts = Accounts(context)
    date = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": "127.0.0.1", "x-sdk-date": date}
    names = tuple(sorted(headers))
    canonical = canonical_request(
        method="GET", raw_path=_PATH, raw_query="limit=10", headers=headers, signed_headers=names, body=b""
    )
    value = sign(canonical, date, _SECRET)
    headers["authorization"] = f"{ALGORITHM} Access={_ACCESS}, SignedHeaders={';'.join(names)}, Signature={value}"

    def by_signature() -> None:
        identify(accounts, method="GET", raw_path=_PATH, raw_query="limit=10", headers=headers, body=b"")

    caller, _ = accounts.signer(_ACCESS)
    unseen = iter([accounts.issue_token(caller, "")[0] for _ in range(_RUNS)])
    _print("token, not seen before", lambda: accounts.by_token(next(unseen)))
    token, _ = accounts.issue_token(caller, "")
    _print("token, seen less than 5 s ago", lambda: accounts.by_token(token))
    _print("signature of a GET", by_signature)


def _print(name: str, check: Callable[[], object]) -> None:
    times = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        check()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    print(f"{name:32} p50 {times[_RUNS // 2]:.3f} ms   p99 {times[_RUNS * 99 // 100]:.3f} ms")


if __name__ == "__main__":
    main()
