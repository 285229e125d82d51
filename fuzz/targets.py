"""
Everything that reads bytes from outside, as a table: what reads them, what it may refuse them with, and small files to begin with.

What must hold for any bytes: a reader answers or refuses, in bounded time and memory; and a file that was cut off is refused, or
something is told, or nothing is missing.
"""

import errno
import gzip
import io
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from fuzz.small_binaries import rpm_header, tar, zstd
from fuzz.small_feeds import FEED_FILES
from fuzz.small_files import FILES, TOLD_OF_WHOLE
from hullscan.detectors import DETECTORS
from hullscan.detectors.bills.reader import read_bill
from hullscan.detectors.detector import Detector
from hullscan.detectors.detector_set import DetectorSet
from hullscan.detectors.programs.executables import read_executable, read_section
from hullscan.detectors.systems.rpm_header import read_header
from hullscan.detectors.zip_archive import ZipArchive
from hullscan.errors import FeedError, HullscanError, InvalidReference, InvalidVersion, NotFound, UnreadableInput
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.location import available, open_location
from hullscan.inventory.purls import read_purls
from hullscan.layers.file import LayerFile
from hullscan.layers.inflate import Inflater
from hullscan.layers.paths import normal_path
from hullscan.layers.programs import MAGIC_BYTES, SMALLEST_PROGRAM, is_program
from hullscan.layers.tar import Entry, TarReader
from hullscan.layers.walk import LayerWalker
from hullscan.matching.ignores import parse_ignore_file
from hullscan.matching.ranges import segments
from hullscan.matching.vex_documents import parse_vex
from hullscan.model.advisory import Advisory, FlawFacts
from hullscan.model.image import digest_of
from hullscan.model.package import LayerInventory, Package
from hullscan.model.report import Problem
from hullscan.registry.client import parse_reference
from hullscan.registry.config import read_config
from hullscan.registry.docker_archive import DockerArchive
from hullscan.registry.lineage import lineage_of
from hullscan.registry.manifest import parse_manifest
from hullscan.registry.oci_layout import OciLayout
from hullscan.versions import SCHEMES, scheme_for_ecosystem

SLOW_S: Final = 5.0
"""Seconds of this process's own time: a file of a few kibibytes that takes as much hangs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found in some bytes, and whether it was told that something could not be read."""

    found: frozenset[str] = frozenset()
    told: bool = False


class Cut(Enum):
    """Whether a file that was cut off can be told from a whole one."""

    NEVER_WHOLE = "JSON and XML: the beginning of a document is none"
    MARKED = "archives, databases and programs say how long they are; but two in a row are one and then nothing"
    LIKE_WHOLE = "lines: the beginning of a list is a list"


@dataclass(frozen=True, slots=True)
class Target:
    """
    One reader. `refuses` are the errors that its callers know; `seeds` are whole inputs of which nothing is told.

    The first `selector` bytes of an input choose among *paths*, and are no part of what may be cut off.
    """

    name: str
    read: Callable[[bytes], Answer]
    seeds: tuple[bytes, ...]
    refuses: tuple[type[Exception], ...] = ()
    cut: Cut = Cut.LIKE_WHOLE
    selector: int = 0
    paths: tuple[str, ...] = ()


class SilentlyFewer(AssertionError):
    """Of a file that was cut off less was found, and nothing was told."""


class TookTooLong(AssertionError):
    """A small input took as long as only a large one may."""


def check(target: Target, data: bytes) -> None:
    """
    Give *data* to *target* and see what must hold.

    Raises:
        SilentlyFewer: See there.
        TookTooLong: See there.
        Exception: Any other that the target does not refuse with.
    """
    began = time.process_time()
    whole = answer(target, data)
    took = time.process_time() - began
    if took > SLOW_S:
        raise TookTooLong(f"{target.name}: {took:.1f} s for {len(data)} bytes")
    if target.cut is Cut.NEVER_WHOLE and len(data) > target.selector:
        # Any place will do, as long as the same input is always cut at the same.
        place = target.selector + zlib.crc32(data) % (len(data) - target.selector)
        check_cut(target, whole, data, place)


def check_seeds(target: Target) -> None:
    """See that the seeds are whole, and that each cut off at 50 places is known to be; raises as `check` does."""
    for seed in target.seeds:
        whole = answer(target, seed)
        assert not whole.told, f"{target.name}: a seed is not whole"
        if target.cut is Cut.LIKE_WHOLE:
            continue
        length = len(seed) - target.selector
        for place in sorted({target.selector + length * number // 50 for number in range(50)}):
            check_cut(target, whole, seed, place)


def check_cut(target: Target, whole: Answer, data: bytes, place: int) -> None:
    """Compare what *target* says of *data*, which is *whole*, with what it says of the bytes before *place*."""
    if whole.told or not whole.found:
        return
    part = answer(target, data[:place])
    if not part.told and not part.found >= whole.found:
        missing = sorted(whole.found - part.found)
        raise SilentlyFewer(f"{target.name}: cut off at {place} of {len(data)} bytes, without {missing[:3]}")


def answer(target: Target, data: bytes) -> Answer:
    """Return what *target* finds; a refusal tells all there is to tell."""
    try:
        return target.read(data)
    except target.refuses:
        return Answer(told=True)


_SEEDS: Final = [(path, content.encode() if isinstance(content, str) else content) for path, content, _ in FILES]


def _contents(*starts: bytes) -> tuple[bytes, ...]:
    return tuple(content for _, content in _SEEDS if content.startswith(starts))


# --- detectors --------------------------------------------------------------------------------------------------

_NEVER_WHOLE: Final = frozenset(
    {
        "cos", "node", "dotnet", "composer-installed", "conda-meta", "npm-lock", "bun-lock", "pipfile-lock", "composer-lock",
        "sbt-lock", "nuget-lock", "nuget-config", "nuget-assets", "nuget-props", "swift-resolved", "renv-lock", "pom",
        "conan-lock", "pear", "bitnami",
    }
)  # fmt: skip
_MARKED: Final = frozenset({"java", "chisel", "go-binary", "rust-binary"})


def _detector(detector: Detector) -> Iterator[Target]:
    alone = DetectorSet((detector,), directory=True)
    by_kind: dict[str, list[tuple[str, bytes]]] = {}
    for path, content in _SEEDS:
        if alone.detect(_file(path, content)):
            by_kind.setdefault(_kind(detector, path, content), []).append((path, content))
    for kind, some in by_kind.items():
        paths = sorted({path for path, _ in some})
        yield Target(
            name=f"{detector.name}{kind}",
            read=_reads(alone, paths),
            seeds=tuple(bytes([paths.index(path)]) + content for path, content in some),
            cut=_cut(detector, kind),
            selector=1,
            paths=tuple(paths),
        )


def _kind(detector: Detector, path: str, content: bytes) -> str:
    """A detector that reads files of quite different make has a target for each."""
    if detector.name == "rpm":
        return "-" + path.rpartition("/")[2].lower()
    if detector.name == "embedded-sbom":
        return "-" + path.rpartition("/")[2].partition(".")[2].rpartition(".")[2]
    return ""


def _cut(detector: Detector, kind: str) -> Cut:
    if detector.name in _NEVER_WHOLE or kind in ("-json", "-xml"):
        return Cut.NEVER_WHOLE
    if detector.name in _MARKED or kind in ("-packages", "-packages.db", "-rpmdb.sqlite"):
        return Cut.MARKED
    return Cut.LIKE_WHOLE


def _reads(detectors: DetectorSet, paths: list[str]) -> Callable[[bytes], Answer]:
    def read(data: bytes) -> Answer:
        path = paths[data[0] % len(paths)] if data else paths[0]
        if detectors.wants_executables and not (is_program(data[1 : 1 + MAGIC_BYTES]) and len(data) > SMALLEST_PROGRAM):
            return Answer(told=True)  # no program, by whatever it was made: not offered to these detectors
        found, told = set(), False
        for one in detectors.detect(_file(path, data[1:])):
            found |= {f"{package.full_name} {package.version}" for package in one.packages}
            told = told or any(problem.code not in TOLD_OF_WHOLE for problem in one.problems)
        return Answer(frozenset(found), told)

    return read


def _file(path: str, data: bytes) -> LayerFile:
    return LayerFile(path, len(data), lambda: _FileLike(data))


class _FileLike(io.BytesIO):
    """Bytes that refuse a place as a file of a real file system does (lseek(2), EINVAL): large files are kept in one."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if not -(2**43) < offset < 2**43 or (whence == io.SEEK_SET and offset < 0):
            raise OSError(errno.EINVAL, "Invalid argument")
        return super().seek(offset, whence)


# --- archives and layers ----------------------------------------------------------------------------------------


def _tar(data: bytes) -> Answer:
    found = set()

    def entry(one: Entry, ahead: bytes) -> None:
        found.add(one.path)

    reader = TarReader(entry)
    reader.feed(data)
    reader.finish()
    return Answer(frozenset(found))


def _inflated(data: bytes) -> Answer:
    inflater = Inflater()
    size = 0
    # In two pieces, so that what a reader keeps between them is tried too.
    for piece in (data[: len(data) // 2], data[len(data) // 2 :]):
        for plain in inflater.feed(piece):
            size += len(plain)
            if size > 64 * 1024 * 1024:
                return Answer(told=True)
    for plain in inflater.finish():
        size += len(plain)
    return Answer(frozenset({str(size)}))


def _layer(data: bytes) -> Answer:
    walker = LayerWalker(_IMAGE_SET)
    walker.feed(data)
    inventory = walker.finish()
    _check_paths(inventory)
    found = {f"{one.full_name} {one.version}" for file in inventory.files for one in file.packages}
    told = bool(inventory.problems) or any(file.problems for file in inventory.files)
    return Answer(frozenset(found), told)


def _check_paths(inventory: LayerInventory) -> None:
    paths = [*inventory.whiteouts, *inventory.opaques, *(file.path for file in inventory.files)]
    paths += [path for path, _ in (*inventory.links, *inventory.hard_links)]
    for path in paths:
        assert not path.startswith("/") and ".." not in path.split("/"), f"a path leads out of the image: {path!r}"


def _zip(data: bytes) -> Answer:
    archive = ZipArchive(_FileLike(data), frozenset({b".jar", b"t.mf", b"ties", b"info"}), 10_000)
    for member in archive.members:
        archive.read(member, 1024 * 1024)
    return Answer(frozenset(member.name for member in archive.members), not archive.is_whole)


def _program(data: bytes) -> Answer:
    stream = _FileLike(data)
    program = read_executable(stream)
    if program is None:
        return Answer(told=True)
    for section in program.sections[:100]:
        read_section(stream, section, 1024 * 1024)
        program.read_address(stream, section.address, 64)
    return Answer(frozenset(section.name for section in program.sections))


def _rpm_header(data: bytes) -> Answer:
    header = read_header(data)
    return Answer(frozenset({header.name, header.evr, *header.files}))


# --- lists ------------------------------------------------------------------------------------------------------


def _found(items: "list[Package | Problem] | tuple[Package | Problem, ...]") -> Answer:
    return Answer(
        frozenset(f"{one.full_name} {one.version}" for one in items if isinstance(one, Package)),
        any(isinstance(one, Problem) for one in items),
    )


def _bill(data: bytes) -> Answer:
    return _found(read_bill(data, "bill").found)


def _purls(data: bytes) -> Answer:
    inventory = read_purls(data.decode("utf-8", "replace"))
    return _found((*inventory.packages, *inventory.problems))


def _vex(data: bytes) -> Answer:
    return Answer(frozenset(repr(one) for one in parse_vex(data, "vex")))


def _ignores(data: bytes) -> Answer:
    return Answer(frozenset(one.id for one in parse_ignore_file(data.decode("utf-8", "replace"))))


_VEX: Final = (
    (
        b'{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [{"vulnerability": {"name": "CVE-2099-1"}, "products":'
        b' [{"@id": "pkg:oci/a", "subcomponents": [{"@id": "pkg:deb/debian/a@1"}]}], "status": "not_affected",'
        b' "justification": "component_not_present"}]}'
    ),
    (
        b'{"bomFormat": "CycloneDX", "vulnerabilities": [{"id": "CVE-2099-1", "analysis": {"state": "not_affected"},'
        b' "affects": [{"ref": "pkg:deb/debian/a@1"}]}]}'
    ),
    (
        b'{"document": {"category": "csaf_vex"}, "product_tree": {"branches": [{"product": {"product_id": "a",'
        b' "product_identification_helper": {"purl": "pkg:deb/debian/a@1"}}}]}, "vulnerabilities": [{"cve": "CVE-2099-1",'
        b' "product_status": {"known_not_affected": ["a"]}}]}'
    ),
)


# --- images -----------------------------------------------------------------------------------------------------

_DIGEST: Final = digest_of(b"layer")
_MANIFEST: Final = (
    '{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {"mediaType":'
    f' "application/vnd.oci.image.config.v1+json", "digest": "{_DIGEST}", "size": 1}}, "layers": [{{"mediaType":'
    f' "application/vnd.oci.image.layer.v1.tar+gzip", "digest": "{_DIGEST}", "size": 1}}], "annotations": {{"a": "b"}}}}'
).encode()
_CONFIG: Final = (
    '{"os": "linux", "architecture": "amd64", "config": {"Labels": {"org.opencontainers.image.base.name": "a:1"}}, "rootfs":'
    f' {{"type": "layers", "diff_ids": ["{_DIGEST}"]}}, "history": [{{"created_by": "CMD x", "empty_layer": true}}, {{}}]}}'
).encode()
_INDEX: Final = (
    '{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [{"mediaType":'
    f' "application/vnd.oci.image.manifest.v1+json", "digest": "{digest_of(_MANIFEST)}", "size": {len(_MANIFEST)},'
    ' "platform": {"os": "linux", "architecture": "amd64"}, "annotations": {"org.opencontainers.image.ref.name": "1"}}]}'
).encode()


def _manifest(data: bytes) -> Answer:
    manifest = parse_manifest(data)
    image = manifest.image(_DIGEST, _CONFIG)
    return Answer(frozenset({*(layer.digest for layer in image.layers), *(one.digest for one in manifest.manifests)}))


def _config(data: bytes) -> Answer:
    config = read_config(data)
    lineage_of(_DIGEST, [_DIGEST], config)
    return Answer(frozenset(config.diff_ids))


def _docker_archive(data: bytes) -> Answer:
    with tempfile.TemporaryDirectory(prefix="hullscan-fuzz-") as folder:
        path = Path(folder) / "image.tar"
        path.write_bytes(data)
        archive = DockerArchive(path)
        image = archive.image("")
        for layer in image.layers:
            with archive.open_layer(layer) as stream:
                while stream.read(64 * 1024):
                    pass
    return Answer(frozenset(layer.digest for layer in image.layers))


def _oci_layout(data: bytes) -> Answer:
    with tempfile.TemporaryDirectory(prefix="hullscan-fuzz-") as folder:
        blobs = Path(folder) / "blobs" / "sha256"
        blobs.mkdir(parents=True)
        for blob in (_MANIFEST, b"layer"):
            (blobs / digest_of(blob).partition(":")[2]).write_bytes(blob)
        (Path(folder) / "index.json").write_bytes(data)
        image = OciLayout(Path(folder)).image("linux/amd64")
    return Answer(frozenset(layer.digest for layer in image.layers))


def _reference(data: bytes) -> Answer:
    return Answer(frozenset({str(parse_reference(data.decode("utf-8", "replace")))}))


def _path(data: bytes) -> Answer:
    path = normal_path(data.decode("utf-8", "surrogateescape"))
    if path is None:
        return Answer(told=True)
    assert not path.startswith("/") and not path.endswith("/") and "//" not in path
    assert not {".", ".."} & set(path.split("/"))
    assert normal_path(path) == path
    return Answer(frozenset({path}))


def _names(data: bytes) -> Answer:
    """What detectors are asked of every file of every layer, and what a folder's name alone says."""
    path = normal_path(data.decode("utf-8", "surrogateescape"))
    if not path:
        return Answer(told=True)  # refused before any detector is asked
    _TREE_SET.wants(path)
    _TREE_SET.needs_siblings(path)
    said = [_TREE_SET.detect(_file(folder, b"")) for folder in _TREE_SET.folders([path])]
    return Answer(frozenset(f"{one.name} {one.version}" for some in said for read in some for one in read.packages))


_DOCKER: Final = tar(
    {
        "manifest.json": b'[{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l/layer.tar"]}]',
        "c.json": _CONFIG,
        "l/layer.tar": tar({"a": b"x"}),
    }
)


# --- feeds and versions -----------------------------------------------------------------------------------------


def _feed(part: str, content: str) -> Target:
    def read(data: bytes) -> Answer:
        root = Path(tempfile.mkdtemp(prefix="hullscan-fuzz-"))
        try:
            path = root / part
            path.parent.mkdir(parents=True)
            path.write_bytes(_packed(part, data))
            found, told = set(), False
            for feed in available(open_location(str(root))):
                for item in feed.parse(root):
                    told = told or isinstance(item, Problem)
                    found.add(type(item).__name__)
                    _check_facts(item)
                    for affected in item.affected if isinstance(item, Advisory) else ():
                        scheme = scheme_for_ecosystem(affected.ecosystem)
                        if scheme is not None:
                            segments(affected, scheme)
            return Answer(frozenset(found), told)
        finally:
            shutil.rmtree(root)

    return Target(
        name=f"feed-{part.split('/')[1] if part.startswith('native/') else 'osv'}-{part.rpartition('/')[2].partition('.')[0]}",
        read=read,
        seeds=(content.encode(),),
        refuses=(FeedError,),
        cut=Cut.NEVER_WHOLE if part.endswith((".json", ".xml", ".zip")) else Cut.LIKE_WHOLE,
    )


def _check_facts(item: FeedItem) -> None:
    """Scores are shown as numbers, and ``nan`` is none in JSON; times are compared, which those without a zone cannot be."""
    for at in (item.modified, item.published, item.withdrawn) if isinstance(item, Advisory) else ():
        assert at is None or at.tzinfo is not None
    cvss = item.cvss if isinstance(item, Advisory | FlawFacts) else ()
    epss = item.epss if isinstance(item, FlawFacts) else None
    assert all(one.score is None or 0 <= one.score <= 10 for one in cvss)
    assert epss is None or 0 <= epss <= 1


def _packed(part: str, data: bytes) -> bytes:
    """A change to packed bytes would only ever break the packing, which other targets try."""
    if part.endswith(".gz"):
        return gzip.compress(data, compresslevel=1)
    if not part.endswith(".zip"):
        return data
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("record.json", data)
    return stream.getvalue()


_LONGEST_KEY: Final = 64
"""Bytes of a key for each sign of its version, at most: keys are stored by the million."""

_VERSIONS: Final = (
    "1:1.2.3~rc1-4ubuntu5+deb12u1", "1.0.0-alpha.1+build", "2!1.0rc1.post2.dev3+local.1", "1.2.3_alpha4-r5", "1.0-SNAPSHOT",
    "v1.2.3-0.20210101000000-abcdef123456", "1.2.3.4", "dev-master", "1.0^git1~2",
)  # fmt: skip


def _scheme(name: str) -> Target:
    def read(data: bytes) -> Answer:
        text = data.decode("utf-8", "replace")
        key = SCHEMES[name].key(text)
        assert len(key) <= _LONGEST_KEY * (len(text) + 4), f"a key of {len(key)} bytes"
        assert SCHEMES[name].key(text) == key
        return Answer(frozenset({key.hex()}))

    seeds = [one for one in _VERSIONS if not answer(Target("", read, (), (InvalidVersion,)), one.encode()).told]
    return Target(f"version-{name}", read, tuple(one.encode() for one in seeds), (InvalidVersion,))


def _schemes() -> Iterator[Target]:
    """One for each scheme, though several names may lead to it."""
    seen = set()
    for name, scheme in SCHEMES.items():
        if id(scheme) not in seen:
            seen.add(id(scheme))
            yield _scheme(name)


# --- all --------------------------------------------------------------------------------------------------------

_IMAGE_SET: Final = DetectorSet(DETECTORS)
_TREE_SET: Final = DetectorSet(DETECTORS, directory=True)
_LAYER: Final = tar(
    {
        "etc/os-release": b'ID=debian\nVERSION_ID="12"\n',
        "var/lib/dpkg/status": b"Package: a\nStatus: install ok installed\nVersion: 1\n",
        "app/.wh.b": b"",
        f"{'long/' * 30}package.json": b'{"name": "a", "version": "1"}',
    }
)
_NOT_HERE: Final = (UnreadableInput, NotFound, InvalidReference)

TARGETS: Final[dict[str, Target]] = {
    target.name: target
    for target in (
        *(target for detector in DETECTORS for target in _detector(detector)),
        Target("tar", _tar, (_LAYER,), (UnreadableInput,)),
        Target("inflate", _inflated, (gzip.compress(_LAYER, mtime=0), zstd(_LAYER), _LAYER[:2048]), (UnreadableInput,)),
        Target("layer", _layer, (gzip.compress(_LAYER, mtime=0), _LAYER, zstd(_LAYER))),
        Target(
            "zip",
            _zip,
            _contents(b"PK"),
            (UnreadableInput,),
            Cut.MARKED,
        ),
        Target(
            "program",
            _program,
            tuple(content for _, content in _SEEDS if is_program(content[:MAGIC_BYTES])),
            (UnreadableInput,),
        ),
        Target("rpm-header", _rpm_header, (rpm_header("a", "1", "2"),), (UnreadableInput,), Cut.NEVER_WHOLE),
        Target(
            "sbom",
            _bill,
            _contents(b"<?xml", b'{"bomFormat"', b'{"spdxVersion"', b'{"artifacts"'),
            (UnreadableInput,),
            Cut.NEVER_WHOLE,
        ),
        Target(
            "purls", _purls, (b"pkg:deb/debian/a@1?distro=debian-12\n# why\npkg:npm/%40s/a@1.0\n",), (UnreadableInput,)
        ),
        Target("vex", _vex, _VEX, (UnreadableInput,), Cut.NEVER_WHOLE),
        Target("ignores", _ignores, (b"CVE-2099-1 exp:2099-01-02 # why\n",), (UnreadableInput,)),
        Target("manifest", _manifest, (_MANIFEST, _INDEX), (UnreadableInput,), Cut.NEVER_WHOLE),
        Target("config", _config, (_CONFIG,)),
        Target("docker-archive", _docker_archive, (_DOCKER,), _NOT_HERE),
        Target("oci-layout", _oci_layout, (_INDEX,), (HullscanError,)),
        Target(
            "reference",
            _reference,
            (b"registry.example:5000/team/app:1@" + _DIGEST.encode(), b"app"),
            (InvalidReference,),
        ),
        Target("path", _path, (b"./a//b/../c/", b"/a")),
        Target("names", _names, tuple(path.encode() + b"x" * path.endswith("/") for path, _ in _SEEDS)),
        *(_feed(part, content) for part, content in FEED_FILES),
        *_schemes(),
    )
}
"""Name → target."""
