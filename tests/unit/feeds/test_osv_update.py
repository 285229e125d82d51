"""A mirror's ecosystem brought up to date record by record, over HTTP: the same snapshot as by the whole archive."""

import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from builders import osv_record
from hullscan.feeds.osv_update import MOST, read_listing
from hullscan.services.context import Context, open_context
from hullscan.services.upkeep.refresh import Refreshed, refresh_feeds
from hullscan.settings import Settings
from hullscan.store.database import reading
from hullscan.store.feeds.feed_rows import FeedRow, feed_rows


class Mirror:
    """A folder served on loopback, laid out as osv.dev's export of Debian, and what was asked of it."""

    def __init__(self, root: Path) -> None:
        self.root = root / "osv" / "Debian"
        self.root.mkdir(parents=True)
        (root / "osv" / "ecosystems.txt").write_text("Debian\n")
        self.asked: list[str] = []
        asked = self.asked

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path.rpartition("/")[2])
                super().do_GET()

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: Handler(*given, directory=str(root)))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def publish(self, records: list[dict[str, Any]], *, texts: dict[str, str] | None = None) -> None:
        """Write archive, listing and single records as osv.dev does; *texts* are members that are no records."""
        members = {record["id"]: json.dumps(record) for record in records} | (texts or {})
        times = {record["id"]: record["modified"] for record in records} | dict.fromkeys(
            texts or {}, "2026-01-01T00:00:00Z"
        )
        for path in self.root.iterdir():
            path.unlink()
        with zipfile.ZipFile(self.root / "all.zip", "w") as archive:
            for name, text in members.items():
                archive.writestr(f"{name}.json", text)
                (self.root / f"{name}.json").write_text(text)
        (self.root / "modified_id.csv").write_text("".join(f"{at},{name}\n" for name, at in times.items()))


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    one = Mirror(tmp_path / "site")
    thread = threading.Thread(target=one.server.serve_forever, daemon=True)
    thread.start()
    yield one
    one.server.shutdown()
    one.server.server_close()
    thread.join()


def _record(number: int, fixed: str = "2", at: str = "2026-01-01T00:00:00.123456Z") -> dict[str, Any]:
    record = osv_record(f"DEBIAN-CVE-2099-{number:04}", "openssl", f"fixed={fixed}")
    return {**record, "modified": at, "published": "2026-01-01T00:00:00Z"}


def _refresh(context: Context, mirror: Mirror) -> tuple[Refreshed, list[str]]:
    """What became of the feed, and what was asked of the mirror beside its list of ecosystems."""
    mirror.asked.clear()
    (done,) = refresh_feeds(context, mirror.url)
    return done, [
        path for path in mirror.asked if not path.endswith(".txt") and path.endswith((".json", ".zip", ".csv"))
    ]


def _row(context: Context) -> FeedRow:
    with reading(context.engine) as connection:
        (row,) = feed_rows(connection)
    return row


def test_few_changes_are_fetched_alone(context: Context, mirror: Mirror, tmp_path: Path) -> None:
    """A new record, a changed one and one that is gone; the rest stays; the snapshot is that of the whole archive."""
    mirror.publish([_record(number) for number in range(1, 6)], texts={"DEBIAN-broken": "{"})
    first, asked = _refresh(context, mirror)
    assert (first.added, asked) == (5, ["all.zip"])

    mirror.publish(
        [
            _record(1),
            _record(2, "3", "2026-02-02T00:00:00Z"),
            _record(4),
            _record(5),
            _record(7, at="2026-01-02T00:00:00Z"),
        ],
        texts={"DEBIAN-broken": "{"},
    )
    done, asked = _refresh(context, mirror)
    assert sorted(asked) == [
        "DEBIAN-CVE-2099-0002.json",
        "DEBIAN-CVE-2099-0007.json",
        "DEBIAN-broken.json",
        "modified_id.csv",
    ]
    assert (done.records, done.added, done.changed, done.removed, done.unreadable) == (5, 1, 1, 1, 1)

    other = open_context(Settings.from_environment({"HULLSCAN_DATA_DIR": str(tmp_path / "other")}))
    whole, asked = _refresh(other, mirror)
    assert (whole.records, asked) == (5, ["all.zip"])
    assert _row(other).state == _row(context).state
    assert _row(other).problems == _row(context).problems
    other.close()


def test_a_listing_that_did_not_change_is_all_that_is_fetched(context: Context, mirror: Mirror) -> None:
    """Nor is anything read or written then."""
    mirror.publish([_record(1), _record(2)])
    _refresh(context, mirror)

    again, asked = _refresh(context, mirror)
    assert (again.unchanged, asked) == (True, ["modified_id.csv"])
    before = _row(context)
    assert (_refresh(context, mirror)[0].unchanged, _row(context)) == (True, before)


@pytest.mark.parametrize("case", ["many", "no listing", "no listing at all", "lost record", "other record", "no time"])
def test_else_the_archive_is_read(sqlite_context: Context, mirror: Mirror, case: str) -> None:
    """Where too much changed, the listing cannot be read or tells no times, or a record that it has cannot be had."""
    context = sqlite_context
    old = _record(1, at="0001-01-01T00:00:00Z") if case == "no time" else _record(1)
    mirror.publish([old])
    _refresh(context, mirror)
    count = MOST + 1 if case == "many" else 1
    new = [_record(number, at="2026-02-02T00:00:00Z") for number in range(2, 2 + count)]
    mirror.publish([{**old, "summary": "edited"} if case == "no time" else old, *new])
    listing = mirror.root / "modified_id.csv"
    if case == "no listing":
        listing.write_text("<html>moved</html>")
    elif case == "no listing at all":
        listing.unlink()
    elif case == "lost record":
        (mirror.root / "DEBIAN-CVE-2099-0002.json").unlink()
    elif case == "other record":
        (mirror.root / "DEBIAN-CVE-2099-0002.json").write_text(json.dumps(_record(9)))

    done, asked = _refresh(context, mirror)

    if case == "no time":
        # One record without a time is asked for each time; it is few.
        assert ("all.zip" in asked, "DEBIAN-CVE-2099-0001.json" in asked) == (False, True)
    else:
        assert "all.zip" in asked
    assert (done.records, done.added, done.error) == (1 + count, count, "")


def test_another_place_is_read_whole(sqlite_context: Context, mirror: Mirror, tmp_path: Path) -> None:
    """What one mirror's times say is nothing about another's records."""
    other = Mirror(tmp_path / "other-site")
    other.server.server_close()
    mirror.publish([_record(1)])
    other.publish([_record(1, "3")])
    refresh_feeds(sqlite_context, str(tmp_path / "other-site"))

    done, asked = _refresh(sqlite_context, mirror)
    assert (done.changed, asked) == (1, ["all.zip"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "2026-01-01T00:00:00Z",
        "yesterday,DSA-1",
        "2026-01-01T00:00:00Z,../../etc/passwd",
        "2026-99-01T00:00:00Z,A-1",
    ],
)
def test_a_listing_that_is_none(text: str) -> None:
    """Nothing is fetched by it: least of all what is no record's id."""
    assert read_listing(text.encode()) is None
