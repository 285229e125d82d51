"""Store paths of Nix: which are packages, how name and version are told apart, and what layers do to them."""

import pytest

from builders import DEBIAN_12, Entry
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from inventories import image_inventory

_SET = DetectorSet(DETECTORS)
_A = "h0cnbmfcn93xm5dg2x27ixhag1cwndga"
_B = "5zzrvdmlkc5rh3k5862krd3wfb3pqhyf"
_METADATA = b"Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\n"


def _found(*layers: dict[str, Entry]) -> set[tuple[str, str, str]]:
    return {(one.name, one.version, one.layer) for one in image_inventory(*layers).packages if one.type == "nix"}


@pytest.mark.parametrize(
    ("member", "name", "version"),
    [
        ("hello-2.12.1", "hello", "2.12.1"),
        ("nix-0.12pre12876", "nix", "0.12pre12876"),
        ("kmod-29", "kmod", "29"),
        ("openssl-1.1.1q", "openssl", "1.1.1q"),
        ("tzdata-2022a", "tzdata", "2022a"),
        ("glibc-2.34-210", "glibc", "2.34-210"),
        ("glibc-2.34-210-bin", "glibc", "2.34-210"),
        ("libcap-2.63-lib", "libcap", "2.63"),
        ("bash-interactive-5.1-p16-man", "bash-interactive", "5.1-p16"),
        ("libedit-20210910-3.1", "libedit", "20210910-3.1"),
        ("perl5.34.1-TimeDate-2.33", "perl5.34.1-TimeDate", "2.33"),
        ("busybox-static-x86_64-unknown-linux-musl-1.35.0", "busybox-static-x86_64-unknown-linux-musl", "1.35.0"),
        ("webdav-server-rs-unstable-2021-08-16", "webdav-server-rs", "unstable-2021-08-16"),
        ("fido2-0-unstable-2024-01-02-dev", "fido2", "0-unstable-2024-01-02"),
        ("python3-3.11.6-env", "python3", "3.11.6"),
        ("foo-1.0-beta", "foo", "1.0-beta"),
    ],
)
def test_name_and_version(member: str, name: str, version: str) -> None:
    """Nix's own rule for the split; the output at the end is none of the version."""
    assert _found({f"nix/store/{_A}-{member}/bin/x": b"x"}) == {(name, version, "layer0")}


@pytest.mark.parametrize(
    "path",
    [
        f"nix/store/{_A}-source/README",
        f"nix/store/{_A}-user-environment/bin/x",
        f"nix/store/{_A}-syft-1.33.0-go-modules/x",
        f"nix/store/{_A}-hello-2.12.1.tar.gz",
        f"nix/store/{_A}-hello-2.12.1.drv",
        f"nix/store/{_A}-0018-derive-prefix.patch",
        f"nix/store/{_A}-hello-2.12.1",
        "nix/store/.links/0000000000000000000000000000000000000000000000000000-1.0/x",
        "nix/store/not-a-hash-1.0/x",
        f"unix/store/{_A}-hello-2.12.1/x",
    ],
)
def test_what_is_no_package(path: str) -> None:
    """What names no version, what builds began with, and files in the store's own folder."""
    assert _found({path: b"x"}) == set()


@pytest.mark.parametrize(
    "entries",
    [
        {f"nix/store/{_A}-hello-2.12.1": ("dir", "")},
        {f"nix/store/{_A}-hello-2.12.1/bin/hello": b"x"},
        {f"nix/store/{_A}-hello-2.12.1/bin": ("symlink", "/elsewhere")},
        {f"opt/root/nix/store/{_A}-hello-2.12.1/bin/node": b"x"},
    ],
)
def test_anything_in_the_folder_shows_it(entries: dict[str, Entry]) -> None:
    """Its own entry, a file nobody reads, a link, a file that another detector reads; in a root within the image too."""
    assert _found(entries) == {("hello", "2.12.1", "layer0")}


def test_outputs_are_one_package() -> None:
    """All outputs have one package URL, and each folder is a place of it."""
    packages = image_inventory({f"nix/store/{_A}-zlib-1.3/lib/x": b"", f"nix/store/{_B}-zlib-1.3-dev/x": b""}).packages

    assert {one.purl for one in packages} == {"pkg:nix/zlib@1.3"}
    assert [one.path for one in packages] == [f"nix/store/{_B}-zlib-1.3-dev/", f"nix/store/{_A}-zlib-1.3/"]


_FOLDER = f"nix/store/{_A}-hello-2.12.1"


@pytest.mark.parametrize(
    "above",
    [
        {f"nix/store/.wh.{_A}-hello-2.12.1": b""},
        {"nix/.wh.store": b""},
        {"nix/store/.wh..wh..opq": b""},
        {_FOLDER: b"a file now"},
    ],
)
def test_a_layer_above_takes_it_away(above: dict[str, Entry]) -> None:
    """A store path that is deleted, emptied or replaced above is not in the image."""
    assert _found({_FOLDER + "/bin/hello": b"x"}, above) == set()


@pytest.mark.parametrize(
    "above",
    [
        {"etc/x": b""},
        {_FOLDER: ("dir", "")},
        {_FOLDER + "/share/.wh.doc": b""},
        {"nix": ("dir", ""), "nix/store": ("dir", ""), _FOLDER + "/new": b""},
    ],
)
def test_a_layer_above_leaves_it(above: dict[str, Entry]) -> None:
    """What is only touched above is still there, with what lies in it, and of the layer that brought it."""
    below: dict[str, Entry] = {_FOLDER + "/lib/requests-2.31.0.dist-info/METADATA": _METADATA}

    assert {(one.type, one.layer) for one in image_inventory(below, above).packages} == {
        ("nix", "layer0"),
        ("pypi", "layer0"),
    }


def test_a_link_below_to_the_store_is_followed() -> None:
    """A store that a link of a layer below leads to is where a layer above writes."""
    layers: list[dict[str, Entry]] = [
        {f"data/nix/store/{_A}-hello-2.12.1/x": b"", "nix": ("symlink", "data/nix")},
        {f"nix/store/{_B}-hello-2.12.2/x": b""},
        {f"data/nix/store/.wh.{_B}-hello-2.12.2": b""},
    ]

    assert _found(*layers[:2]) == {("hello", "2.12.1", "layer0"), ("hello", "2.12.2", "layer1")}
    assert _found(*layers) == {("hello", "2.12.1", "layer0")}


def test_languages_in_the_store_have_no_owner() -> None:
    """No publisher speaks of Nix's packages: the language's own word counts, on a distribution too."""
    folder = f"nix/store/{_A}-python3.11-requests-2.31.0/lib/python3.11/site-packages/requests-2.31.0.dist-info"
    image = image_inventory({"etc/os-release": DEBIAN_12, f"{folder}/METADATA": _METADATA})

    assert {(one.type, one.name, one.owner) for one in image.packages} == {
        ("nix", "python3.11-requests", None),
        ("pypi", "requests", None),
    }
