"""Layers walked by other processes while they grow: the same inventory as by one walk, and nobody waits for the dead."""

import io
import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from bench.processes import descendants, is_running

from builders import DEBIAN_12, make_layer, status
from hullscan.detectors.for_images import detector_set
from hullscan.inventory.codec import decode
from hullscan.layers.walk import walk_layer
from hullscan.model.package import LayerInventory
from hullscan.services.walking.spawner import Spawner
from hullscan.services.walking.walker import work
from hullscan.services.walking.walks import Walk, Walks
from waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a server walks layers itself")

_DEBIAN = make_layer(
    {
        "etc/os-release": DEBIAN_12,
        "var/lib/dpkg/status": status("bash 5.2.15-2"),
        "srv/noise": random.Random(1).randbytes(3_000_000),
        "var/lib/dpkg/info/bash.list": b"/bin/bash\n",
    }
)

_LINKED = make_layer(
    {"usr/bin/data": b'{"name": "left-pad", "version": "1.3.0"}', "a/package.json": ("hardlink", "usr/bin/data")}
)
"""The second look that a hard link needs: its target was passed over before anybody knew that it is wanted."""


@pytest.fixture
def spawner() -> Iterator[Spawner]:
    """A spawner of walking processes."""
    one = Spawner(work)
    yield one
    one.close()


@pytest.fixture
def elsewhere(spawner: Spawner) -> Iterator[Walks]:
    """Walks by other processes."""
    walks = Walks(spawner)
    yield walks
    walks.close()


@pytest.fixture(params=["elsewhere", "here"])
def walks(request: pytest.FixtureRequest) -> Walks:
    """Walks by other processes, and without any."""
    return request.getfixturevalue("elsewhere") if request.param == "elsewhere" else Walks()


def _walked(data: bytes) -> LayerInventory:
    return walk_layer(lambda: io.BytesIO(data), detector_set())


def _begin(walks: Walks, path: Path, data: bytes) -> Walk:
    """Begin to walk *data*, of which the first half is there."""
    path.write_bytes(data[: len(data) // 2])
    walk = walks.begin(path)
    walk.grown(len(data) // 2)
    return walk


def _complete(walk: Walk, path: Path, data: bytes) -> bytes | None:
    with path.open("ab") as stream:
        stream.write(data[len(data) // 2 :])
    return walk.finish(len(data))


@pytest.mark.parametrize("data", [_DEBIAN, _LINKED, _DEBIAN[:1_000_000]], ids=["packages", "linked", "cut off"])
def test_the_inventory_is_that_of_one_walk(walks: Walks, tmp_path: Path, data: bytes) -> None:
    body = _complete(_begin(walks, tmp_path / "layer", data), tmp_path / "layer", data)
    assert body
    assert decode(body) == _walked(data)


@pytest.mark.parametrize("data", [b"", b"{}", random.Random(2).randbytes(100_000)], ids=["empty", "json", "noise"])
def test_what_is_no_layer_has_no_inventory(walks: Walks, tmp_path: Path, data: bytes) -> None:
    assert _complete(_begin(walks, tmp_path / "blob", data), tmp_path / "blob", data) == b""


def test_a_walk_goes_on_where_the_file_is_moved(walks: Walks, tmp_path: Path) -> None:
    walk = _begin(walks, tmp_path / "upload", _DEBIAN)
    (tmp_path / "upload").replace(tmp_path / "blob")
    body = _complete(walk, tmp_path / "blob", _DEBIAN)
    assert body
    assert decode(body) == _walked(_DEBIAN)


def test_many_walks_at_once(walks: Walks, tmp_path: Path) -> None:
    """Begun together and ended in another order."""
    layers = [make_layer({"etc/os-release": DEBIAN_12, f"srv/{number}": b"x" * number * 1_000}) for number in range(40)]
    under_way = [_begin(walks, tmp_path / str(number), data) for number, data in enumerate(layers)]
    for number in random.Random(3).sample(range(40), 40):
        body = _complete(under_way[number], tmp_path / str(number), layers[number])
        assert body
        assert decode(body) == _walked(layers[number])


def test_who_waits_for_a_digest_sees_what_was_kept(walks: Walks, tmp_path: Path) -> None:
    walk = _begin(walks, tmp_path / "layer", _DEBIAN)
    (tmp_path / "layer").write_bytes(_DEBIAN)
    kept: list[bytes | None] = []
    walks.finish(walk, "sha256:of-the-layer", len(_DEBIAN), kept.append)
    walks.wait("sha256:of-the-layer")
    (body,) = kept
    assert body
    assert decode(body) == _walked(_DEBIAN)
    walks.wait("sha256:of-another")


def test_a_killed_process_gives_nothing_and_another_takes_its_place(
    spawner: Spawner, elsewhere: Walks, tmp_path: Path
) -> None:
    walk = _begin(elsewhere, tmp_path / "layer", _DEBIAN)
    assert eventually(lambda: len(descendants(spawner.pid)) == 1)
    (process,) = descendants(spawner.pid)
    os.kill(process, signal.SIGKILL)
    assert _complete(walk, tmp_path / "layer", _DEBIAN) is None
    assert eventually(lambda: not is_running(process))
    body = _complete(_begin(elsewhere, tmp_path / "again", _DEBIAN), tmp_path / "again", _DEBIAN)
    assert body
    assert decode(body) == _walked(_DEBIAN)


def test_without_its_spawner_a_server_walks_itself(spawner: Spawner, elsewhere: Walks, tmp_path: Path) -> None:
    os.kill(spawner.pid, signal.SIGKILL)
    assert eventually(lambda: not is_running(spawner.pid))
    body = _complete(_begin(elsewhere, tmp_path / "layer", _DEBIAN), tmp_path / "layer", _DEBIAN)
    assert body
    assert decode(body) == _walked(_DEBIAN)


def test_a_walk_that_was_given_up_lets_its_file_go(spawner: Spawner, elsewhere: Walks, tmp_path: Path) -> None:
    kept, given_up = (_begin(elsewhere, tmp_path / name, _DEBIAN) for name in ("kept", "given up"))

    def files() -> set[str]:
        found = set()
        for process in descendants(spawner.pid):
            for one in Path(f"/proc/{process}/fd").iterdir():
                with suppress(FileNotFoundError):  # closed since
                    found.add(Path(os.readlink(one)).name)
        return found & {"kept", "given up"}

    assert eventually(lambda: files() == {"kept", "given up"})
    given_up.abandon()
    assert eventually(lambda: files() == {"kept"})
    assert _complete(kept, tmp_path / "kept", _DEBIAN)


def test_processes_end_after_their_walks_when_the_server_does(tmp_path: Path) -> None:
    spawner = Spawner(work)
    walks = Walks(spawner)
    walk = _begin(walks, tmp_path / "layer", _DEBIAN)
    assert eventually(lambda: len(descendants(spawner.pid)) == 1)
    (process,) = descendants(spawner.pid)
    spawner.close()
    walks.close()
    assert _complete(walk, tmp_path / "layer", _DEBIAN), "what is under way is finished"
    assert eventually(lambda: not is_running(process))
