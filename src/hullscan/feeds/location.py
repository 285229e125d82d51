"""Where feeds come from: a folder, or an address, laid out as ``osv/ECOSYSTEM/all.zip`` and ``native/…``."""

import hashlib
import shutil
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

from hullscan.errors import FeedError
from hullscan.feeds.arch import ArchFeed
from hullscan.feeds.csaf import csaf_feeds
from hullscan.feeds.cve_records import CveRecordsFeed
from hullscan.feeds.cvss_tables import CvssFeed
from hullscan.feeds.debian_lists import DebianListsFeed
from hullscan.feeds.debian_support import DebianSupportFeed
from hullscan.feeds.debian_tracker import DebianTrackerFeed
from hullscan.feeds.endoflife import EndOfLifeFeed
from hullscan.feeds.feed import Feed
from hullscan.feeds.glsa import GlsaFeed
from hullscan.feeds.live import PUBLISHERS, Publisher
from hullscan.feeds.nodejs_core import NodeCoreFeed
from hullscan.feeds.nvd import NvdFeed
from hullscan.feeds.osv import LARGEST_RECORD, OsvFeed
from hullscan.feeds.osv_update import Listing, read_listing
from hullscan.feeds.oval import oval_feeds
from hullscan.feeds.retirejs import RetireJsFeed
from hullscan.feeds.rubysec import RubySecFeed
from hullscan.feeds.secdb import secdb_feeds
from hullscan.feeds.threat import EpssFeed, KevFeed
from hullscan.feeds.updateinfo import updateinfo_feeds

if TYPE_CHECKING:
    import httpx

LIVE_OSV_URL: Final = "https://osv-vulnerabilities.storage.googleapis.com"
"""osv.dev's public export (google.github.io/osv.dev/data): the ecosystems' folders stand at the root."""

_ATTEMPTS: Final = 3
_CONNECT_TIMEOUT_S: Final = 10.0
_READ_TIMEOUT_S: Final = 60.0
_CHUNK: Final = 1024 * 1024

Advance = Callable[[str, int, int | None], None]
"""Told (subject, bytes more, bytes in all) while a download goes on."""


class _NobodyThere(FeedError):
    """A host that does not answer at all, as behind a firewall: asking it again would only cost the time again."""


class Location(Protocol):
    """A place that feeds are fetched from."""

    def text(self) -> str:
        """Return the place as people write it."""
        ...

    def parts(self) -> frozenset[str]:
        """
        Return the files that are there, relative to the root.

        Raises:
            FeedError: The place cannot be reached or is no such place.
        """
        ...

    def fetch(self, part: str, into: Path, advance: Advance) -> str:
        """
        Put *part* under *into* and return a fingerprint of its content.

        Raises:
            FeedError: It could not be had whole.
        """
        ...

    def listing(self, ecosystem: str) -> Listing | None:
        """Return which OSV records *ecosystem* has; None if that is not told, or the archive is as quick."""
        ...

    def record(self, ecosystem: str, record: str) -> bytes | None:
        """Return one OSV record, None if it is not there."""
        ...

    def close(self) -> None:
        """Let go of what connects with the place."""
        ...


def open_location(text: str) -> Location:
    """Return the place that *text* names: an http(s) address, a folder, or (empty) the publishers themselves."""
    if not text:
        return Live()
    if text.startswith(("http://", "https://")):
        return Address(text)
    return Folder(Path(text.removeprefix("file://")))


def available(location: Location) -> tuple[Feed, ...]:
    """Return the feeds that *location* has."""
    parts = location.parts()
    ecosystems = sorted(part.split("/")[1] for part in parts if part.startswith("osv/") and part.endswith("/all.zip"))
    feeds: list[Feed] = [OsvFeed(ecosystem) for ecosystem in ecosystems]
    feeds += secdb_feeds(parts)
    feeds += updateinfo_feeds(parts)
    feeds += oval_feeds(parts)
    feeds += csaf_feeds(parts)
    single = (
        DebianTrackerFeed,
        DebianListsFeed,
        DebianSupportFeed,
        ArchFeed,
        GlsaFeed,
        NodeCoreFeed,
        RubySecFeed,
        RetireJsFeed,
        CvssFeed,
        NvdFeed,
        CveRecordsFeed,
        EndOfLifeFeed,
        KevFeed,
        EpssFeed,
    )
    feeds += [feed for kind in single if (feed := kind(parts)).parts]
    return tuple(feeds)


class Folder:
    """A folder on this machine; its files are read where they are."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def text(self) -> str:
        """See `Location`."""
        return str(self._root.absolute())

    def parts(self) -> frozenset[str]:
        """See `Location`."""
        if not self._root.is_dir():
            raise FeedError(f"{self._root} is not a folder; give one laid out as osv/ECOSYSTEM/all.zip and native/…")
        found = [path for pattern in ("osv/*/all.zip", "native/**/*") for path in self._root.glob(pattern)]
        parts = frozenset(path.relative_to(self._root).as_posix() for path in found if path.is_file())
        if not parts:
            raise FeedError(f"{self._root} holds no feeds: neither osv/ECOSYSTEM/all.zip nor native/… is there")
        return parts

    def fetch(self, part: str, into: Path, advance: Advance) -> str:
        """See `Location`: *into* gets a link, or a copy where links cannot be."""
        source = self._root / part
        target = into / part
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.blake2b(digest_size=16)
        try:
            size = source.stat().st_size
            with source.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    advance(f"read {part}", len(chunk), size)
            _link(source.absolute(), target)
        except OSError as error:
            raise FeedError(f"{part} could not be read: {error}") from error
        _check(part, target)
        return digest.hexdigest()

    def listing(self, ecosystem: str) -> Listing | None:
        """See `Location`."""
        return None

    def record(self, ecosystem: str, record: str) -> bytes | None:
        """See `Location`."""
        return None

    def close(self) -> None:
        """See `Location`; a folder has nothing open."""


class Address:
    """A mirror over HTTP with the layout of a folder; ``osv/ecosystems.txt`` lists its ecosystems."""

    def __init__(self, url: str, prefix: str = "osv/") -> None:
        self._url = url.rstrip("/")
        self._prefix = prefix
        self._client: httpx.Client | None = None

    def text(self) -> str:
        """See `Location`."""
        return self._url

    def parts(self) -> frozenset[str]:
        """See `Location`."""
        listing = self._get(f"{self._prefix}ecosystems.txt")
        if listing is None:
            raise FeedError(f"{self._url} has no {self._prefix}ecosystems.txt, so it is no mirror of feeds")
        names = [line.strip() for line in listing.decode("utf-8", "replace").splitlines() if line.strip()]
        return frozenset(f"osv/{name}/all.zip" for name in names) | self._native_parts()

    def fetch(self, part: str, into: Path, advance: Advance) -> str:
        """See `Location`."""
        target = into / part
        target.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._download(part, target, advance)
            except FeedError as error:
                if attempt == _ATTEMPTS or isinstance(error, _NobodyThere):
                    raise
                time.sleep(2**attempt / 2)
        raise FeedError(f"{part} could not be fetched")

    def listing(self, ecosystem: str) -> Listing | None:
        """See `Location`."""
        data = self._get(f"{self._prefix}{ecosystem}/modified_id.csv")
        return read_listing(data) if data is not None else None

    def record(self, ecosystem: str, record: str) -> bytes | None:
        """See `Location`."""
        return self._get(f"{self._prefix}{ecosystem}/{record}.json")

    def close(self) -> None:
        """See `Location`."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _native_parts(self) -> frozenset[str]:
        """A mirror that has native feeds lists them in ``native/parts.txt``; the well-known ones are asked for else."""
        listing = self._get("native/parts.txt")
        if listing is not None:
            names = listing.decode("utf-8", "replace").split("\n")
            return frozenset(f"native/{name.strip()}" for name in names if name.strip())
        well_known = ("native/cvss/cvss.csv.gz", "native/cvss/cve-cwe.csv.gz", "native/endoflife/debian.json")
        found = [part for part in well_known if self._exists(part)]
        if "native/endoflife/debian.json" in found:
            others = ("alpine-linux", "ubuntu", "rhel", "almalinux", "rocky-linux", "fedora", "sles", "oracle-linux")
            found += [part for name in others if self._exists(part := f"native/endoflife/{name}.json")]
        return frozenset(found)

    def _open(self) -> "httpx.Client":
        if self._client is None:
            import httpx  # a sixth of a second to import, and only downloads need it

            timeout = httpx.Timeout(_READ_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S)
            self._client = httpx.Client(timeout=timeout, follow_redirects=True)
        return self._client

    def _address(self, part: str) -> str:
        path = self._prefix + part.removeprefix("osv/") if part.startswith("osv/") else part
        return f"{self._url}/{quote(path)}"

    def _get(self, path: str) -> bytes | None:
        status, data = self._whole(f"{self._url}/{quote(path)}")
        if status in (403, 404):
            return None
        if status != 200:
            raise FeedError(f"{self._url}/{path} answered {status}")
        return data

    def _whole(self, url: str) -> tuple[int, bytes]:
        """Return status and content of what is at *url*, if it is no larger than a record or a listing is."""
        import httpx

        data = bytearray()
        try:
            with self._open().stream("GET", url) as answer:
                for chunk in answer.iter_bytes(_CHUNK):
                    data += chunk
                    if len(data) > LARGEST_RECORD:
                        raise FeedError(f"{url} has more than {LARGEST_RECORD} bytes")
                return answer.status_code, bytes(data)
        except httpx.HTTPError as error:
            raise FeedError(f"{url} could not be reached: {error}") from error

    def _exists(self, part: str) -> bool:
        import httpx

        try:
            return self._open().head(self._address(part)).status_code == 200
        except httpx.HTTPError as error:
            raise FeedError(f"{self._url} could not be reached: {error}") from error

    def _download(self, part: str, target: Path, advance: Advance) -> str:
        import httpx

        digest = hashlib.blake2b(digest_size=16)
        received = 0
        address = self._address(part)
        try:
            with self._open().stream("GET", address) as answer, target.open("wb") as file:
                if answer.status_code != 200:
                    raise FeedError(f"{address} answered {answer.status_code}")
                said = answer.headers.get("Content-Length", "")
                total = int(said) if said.isdecimal() and "Content-Encoding" not in answer.headers else None
                for chunk in answer.iter_bytes(_CHUNK):
                    file.write(chunk)
                    digest.update(chunk)
                    received += len(chunk)
                    advance(f"fetch {part}", len(chunk), total)
        except httpx.ConnectTimeout as error:
            raise _NobodyThere(f"{part}: {address} did not answer within {_CONNECT_TIMEOUT_S:.0f} s") from error
        except httpx.HTTPError as error:
            raise FeedError(f"{part} could not be fetched whole: {error}") from error
        except OSError as error:
            raise FeedError(f"{part} could not be kept: {error}") from error
        if total is not None and received != total:
            raise FeedError(f"{part} is cut off: {received} of {total} bytes came")
        _check(part, target)
        return digest.hexdigest()


class Live(Address):
    """The publishers themselves: osv.dev's export, and what is not in it from the addresses of `feeds.live`."""

    def __init__(self, osv: str = LIVE_OSV_URL, publishers: Mapping[str, Publisher] = PUBLISHERS) -> None:
        super().__init__(osv, prefix="")
        self._publishers = publishers

    def _native_parts(self) -> frozenset[str]:
        return frozenset(self._publishers)

    def _address(self, part: str) -> str:
        publisher = self._publishers.get(part)
        return super()._address(part) if publisher is None else publisher.address(self._read)

    def _read(self, url: str) -> bytes:
        status, data = self._whole(url)
        if status != 200:
            raise FeedError(f"{url} answered {status}")
        return data


def _link(source: Path, target: Path) -> None:
    try:
        target.unlink(missing_ok=True)
        target.symlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _check(part: str, path: Path) -> None:
    """Refuse an archive without its directory at once; single members are checked as they are read."""
    if not part.endswith(".zip"):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        size = path.stat().st_size
        raise FeedError(f"{part} is cut off or damaged ({size} bytes: {error})") from error
