"""
A server killed at random moments loses nothing that it acknowledged.

``HULLSCAN_KILLS`` says how many times (a few in CI; ``make kills`` does 500). In each round four clients push images that share
layers, one deletes some, a collection without grace time runs beside them, and all processes are killed (SIGKILL) at a
random moment. Then ``fsck`` must be clean and every acknowledged manifest must pull back byte for byte, with its blobs.
One layer in thirteen is so large that its bytes are brought to the disk while more come (``services.artifacts.early_sync``).
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from api.conftest import PASSWORD, free_port, start
from builders import digest_of, make_image, make_layer

_ROUNDS = int(os.environ.get("HULLSCAN_KILLS", "4"))
_TOLD_EVERY = 25
_LARGE_BYTES = 36_000_000
_SIZES = (*(300, 40_000, 900_000) * 4, _LARGE_BYTES)
_OCI = "application/vnd.oci.image.manifest.v1+json"


class _Client:
    """Pushes images of random layers until the server is gone, and remembers what was acknowledged."""

    def __init__(self, url: str, name: str, seed: int, shared: list[bytes]) -> None:
        self._url = url
        self._name = name
        self._random = random.Random(seed)
        self._shared = shared
        self._large: str | None = None
        self.accepted: dict[str, tuple[bytes, list[str]]] = {}
        self.deleted: set[str] = set()

    def run(self) -> None:
        """Push, and delete a few."""
        try:
            with httpx.Client(base_url=self._url, auth=("admin", PASSWORD), trust_env=False, timeout=120) as client:
                while True:
                    self._push(client)
        except httpx.HTTPError:
            return

    def _push(self, client: httpx.Client) -> None:
        size = self._random.choice(_SIZES)
        own = make_layer({"data": self._random.randbytes(size)})
        manifest, blobs = make_image([own, self._random.choice(self._shared)])
        for digest, data in blobs.items():
            if client.head(f"/v2/{self._name}/blobs/{digest}").status_code == 200:
                continue
            if self._random.random() < 0.5:
                client.post(f"/v2/{self._name}/blobs/uploads/", params={"digest": digest}, content=data)
                continue
            place = client.post(f"/v2/{self._name}/blobs/uploads/").headers["Location"]
            half = len(data) // 2
            client.patch(place, content=data[:half])
            client.put(place, params={"digest": digest}, content=data[half:])
        digest = digest_of(manifest)
        tag = f"t{self._random.randrange(8)}"
        address = f"/v2/{self._name}/manifests/"
        if client.put(address + tag, content=manifest, headers={"Content-Type": _OCI}).status_code == 201:
            self.accepted[digest] = (manifest, list(blobs))
            if self._large is not None:
                self._delete(client, self._large)
            # Until the next push, so that a kill finds some and the disk does not fill.
            self._large = digest if size == _LARGE_BYTES else None
        if self.accepted and self._random.random() < 0.8:
            self._delete(client, self._random.choice(list(self.accepted)))

    def _delete(self, client: httpx.Client, victim: str) -> None:
        # Whether it is deleted nobody knows if the answer does not come: it is not asked for again.
        self.deleted.add(victim)
        client.delete(f"/v2/{self._name}/manifests/{victim}")


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """See the module."""
    seed = int(os.environ.get("HULLSCAN_KILL_SEED", str(random.randrange(10**6))))
    print(f"seed {seed}")
    dice = random.Random(seed)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("HULLSCAN_")},
        "HULLSCAN_DATA_DIR": str(tmp_path / "data"),
        "HULLSCAN_ADMIN_PASSWORD": PASSWORD,
    }
    _command(environment, "namespace", "create", "team")
    accepted: dict[str, dict[str, tuple[bytes, list[str]]]] = {}
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    shared = [make_layer({"shared": dice.randbytes(size)}) for size in (500, 200_000, 2_000_000)]
    for number in range(_ROUNDS):
        server = start(environment, port)
        _check(url, accepted, dice)
        clients = [_Client(url, f"team/r{index}", dice.randrange(10**9), shared) for index in range(4)]
        threads = [threading.Thread(target=one.run) for one in clients]
        for thread in threads:
            thread.start()
        collector = subprocess.Popen(
            [sys.executable, "-m", "hullscan", "gc", "--grace-hours", "0"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(dice.uniform(0.1, 3.5))
        collector.send_signal(signal.SIGKILL)
        server.send_signal(signal.SIGKILL)
        for process in (collector, server):
            process.wait()
        for thread in threads:
            thread.join()
        for index, client in enumerate(clients):
            known = accepted.setdefault(f"team/r{index}", {})
            known.update(client.accepted)
            for victim in client.deleted:
                known.pop(victim, None)
        checked = _command(environment, "fsck", check=False)
        assert checked.returncode == 0, f"round {number}, seed {seed}:\n{checked.stdout}{checked.stderr}"
        if (number + 1) % _TOLD_EVERY == 0:
            print(f"{number + 1} kills, the store is sound", flush=True)
    server = start(environment, port)
    _check(url, accepted, dice, everything=True)
    server.terminate()
    assert server.wait(timeout=30) == 0
    count = sum(len(known) for known in accepted.values())
    print(f"{_ROUNDS} kills, {count} acknowledged manifests are whole")
    if not count:
        pytest.skip("the machine was too slow: no manifest was acknowledged before the kills")


def _check(
    url: str, accepted: dict[str, dict[str, tuple[bytes, list[str]]]], dice: random.Random, *, everything: bool = False
) -> None:
    """Pull manifests back: those of the last rounds and some older ones, or all of them with their blobs."""
    with httpx.Client(base_url=url, auth=("admin", PASSWORD), trust_env=False, timeout=120) as client:
        for name, known in accepted.items():
            digests = list(known)
            chosen = digests if everything else digests[-10:] + dice.sample(digests, min(5, len(digests)))
            for digest in chosen:
                manifest, blobs = known[digest]
                assert client.get(f"/v2/{name}/manifests/{digest}").content == manifest
                for blob in blobs:
                    assert digest_of(client.get(f"/v2/{name}/blobs/{blob}").content) == blob


def _command(environment: dict[str, str], *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "hullscan", *words], env=environment, check=check, capture_output=True, text=True
    )
