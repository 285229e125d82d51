"""Layers over each other: whiteouts, replaced paths, links, and which layer brought a package."""

import io
import tracemalloc

from builders import DEBIAN_12, Entry, make_layer, status
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.inventory.stack import stack
from hullscan.inventory.tree import Hidden
from hullscan.layers.walk import walk_layer
from hullscan.model.image import Digest, Layer
from hullscan.model.package import Inventory
from inventories import image_inventory

_SET = DetectorSet(DETECTORS)
_STATUS = "var/lib/dpkg/status"


def _found(inventory: Inventory) -> dict[str, str]:
    return {package.name: package.layer for package in inventory.packages}


def test_whiteout_hides_a_database() -> None:
    """A package database that a later layer deletes is not in the image."""
    assert _found(image_inventory({_STATUS: status("bash 5-1")}, {"var/lib/dpkg/.wh.status": b""})) == {}


def test_whiteout_of_a_folder_hides_what_is_under_it() -> None:
    """A folder's whiteout takes all of it."""
    assert _found(image_inventory({_STATUS: status("bash 5-1")}, {"var/.wh.lib": b""})) == {}


def test_opaque_hides_what_was_below_and_keeps_its_own() -> None:
    """An opaque mark hides the layers below, wherever it stands among its layer's entries."""
    top: dict[str, Entry] = {_STATUS: status("new 1-1"), "var/lib/dpkg/.wh..wh..opq": b""}

    assert _found(image_inventory({"var/lib/dpkg/status.d/old": status("old 1-1")}, top)) == {"new": "layer1"}


def test_a_whiteout_leaves_its_own_layer_alone() -> None:
    """A path removed and made again in one layer is there."""
    assert _found(image_inventory({}, {"var/lib/dpkg/.wh.status": b"", _STATUS: status("bash 5-1")})) == {
        "bash": "layer1"
    }


def test_a_package_belongs_to_the_layer_that_brought_it() -> None:
    """The database is rewritten by every layer; that brings nothing."""
    inventory = image_inventory(
        {_STATUS: status("bash 5-1", "curl 7-1")},
        {_STATUS: status("bash 5-1", "curl 8-1", "jq 1-1")},
        {_STATUS: status("bash 5-1", "curl 8-1")},
    )

    assert _found(inventory) == {"bash": "layer0", "curl": "layer1"}


def test_removed_and_brought_again_belongs_to_the_later_layer() -> None:
    """What a layer removed is not kept; the layer that installs it again brought it."""
    inventory = image_inventory(
        {_STATUS: status("bash 5-1", "jq 1-1")}, {_STATUS: status("bash 5-1")}, {_STATUS: status("bash 5-1", "jq 1-1")}
    )

    assert _found(inventory) == {"bash": "layer0", "jq": "layer2"}


def test_a_file_in_place_of_a_folder_hides_it() -> None:
    """An entry that is no folder replaces what was at its path, without a whiteout."""
    assert _found(image_inventory({_STATUS: status("bash 5-1")}, {"var/lib/dpkg": ("symlink", "/opt")})) == {}


def test_parents_that_are_links_below_are_followed() -> None:
    """A merged tree: what a later layer writes under a link lands in the folder it leads to."""
    inventory = image_inventory(
        {"var/lib": ("symlink", "../data/lib"), "data/lib/dpkg/status": b""},
        {"var/lib/dpkg/.wh.status": b""},
        {"data/lib/dpkg/x": b""},
    )

    assert inventory.packages == ()


def test_a_removed_link_takes_nothing_with_it() -> None:
    """A folder removed with a link in it leaves alone what the link leads to."""
    base: dict[str, Entry] = {_STATUS: status("bash 5-1"), "opt/lib": ("symlink", "/var/lib")}

    assert _found(image_inventory(base, {".wh.opt": b""})) == {"bash": "layer0"}


def test_links_to_links_are_followed() -> None:
    """What a layer writes under a link in the folder of another replaces what lies there."""
    base: dict[str, Entry] = {
        _STATUS: status("bash 5-1"),
        "srv": ("symlink", "/opt"),
        "opt/lib": ("symlink", "/var/lib"),
    }

    assert _found(image_inventory(base, {"srv/lib/dpkg": b"no folder"})) == {}


def test_a_stack_stays_as_it_is() -> None:
    """Two images on one base do not see each other's layers."""
    blobs = [make_layer(one) for one in ({_STATUS: status("bash 5-1")}, {_STATUS: status("jq 1-1")}, {})]
    layers = [
        (Layer(digest=Digest(f"layer{number}")), walk_layer(lambda blob=blob: io.BytesIO(blob), _SET))  # type: ignore[misc]
        for number, blob in enumerate(blobs)
    ]
    base = stack(layers[:1])
    tops = [base.with_layer(*layer) for layer in layers[1:]]

    names = [[package.name for file in one.files() for package in file.packages] for one in (*tops, base)]
    assert names == [["jq"], ["bash"], ["bash"]]


def test_the_base_says_which_distribution_judges() -> None:
    """One layer over two bases gives each image its own release."""
    app: dict[str, Entry] = {_STATUS: status("bash 5-1")}
    first = image_inventory({"etc/os-release": DEBIAN_12}, app)
    second = image_inventory({"etc/os-release": DEBIAN_12.replace(b'"12"', b'"11"')}, app)

    assert [one.packages[0].qualifier("distro") for one in (first, second)] == ["debian-12", "debian-11"]


def test_os_release_in_etc_goes_before_the_one_in_usr() -> None:
    """os-release(5): /etc takes precedence."""
    usr = b"ID=ubuntu\nVERSION_ID=24.04\n"
    inventory = image_inventory({"usr/lib/os-release": usr, "etc/os-release": DEBIAN_12})

    assert inventory.distro is not None and inventory.distro.id == "debian"


def test_packages_without_a_distribution_are_a_problem() -> None:
    """Nobody can say which feed judges them."""
    assert [problem.code for problem in image_inventory({_STATUS: status("bash 5-1")}).problems] == ["no-distribution"]


def test_folders_without_end_hide_what_is_in_them() -> None:
    """A path of thirty thousand folders is looked up without recursion, and without keeping each of them."""
    deep = "/".join(["d"] * 30_000)
    tracemalloc.start()
    try:
        assert f"{deep}/file" in Hidden({"d/d"}, set())
        assert f"{deep}/file" not in Hidden({"e"}, {"f"})
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 10 * len(deep)
    assert "a" in Hidden(set(), {""})
