"""Images pushed on layers that the server knows: each holds what it would hold alone, on both databases."""

from collections.abc import Sequence
from pathlib import Path

from builders import DEBIAN_12, make_image, make_layer, status, write_layout
from hullscan.model.report import Report
from hullscan.services.context import Context
from hullscan.services.reports.report import full_report
from hullscan.services.scans.scan_target import scan_target
from hullscan.settings import Settings
from world import World

_STATUS = "var/lib/dpkg/status"
_OS, _APP, _OTHER_APP, _NO_APP, _REWRITTEN = (
    make_layer(entries)
    for entries in (
        {"etc/os-release": DEBIAN_12, _STATUS: status("bash 5-1")},
        {"srv/app-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: app\nVersion: 1.0\n"},
        {"srv/app-2.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: app\nVersion: 2.0\n"},
        {".wh.srv": b""},
        {_STATUS: status("bash 5-1", "jq 1-1")},
    )
)
_IMAGES: tuple[tuple[bytes, ...], ...] = (
    (_OS,),
    (_OS, _APP),
    (_OS, _APP, _NO_APP),
    (_OS, _APP, _REWRITTEN),
    (_OS, _OTHER_APP),
    (_APP, _OS),
    (_OS, _APP, _OTHER_APP, _NO_APP),
    (_OS, _APP),
)


def _pushed(world: World, layers: Sequence[bytes], tag: str) -> list[tuple[str, str, str]]:
    digest = world.push_manifest("app", *make_image(layers), tag=tag)
    report = full_report(world.context, digest, target="")
    assert report is not None
    return _packages(report)


def _alone(folder: Path, layers: Sequence[bytes]) -> list[tuple[str, str, str]]:
    """By a scan in a store of its own, which knows no layer."""
    write_layout(folder / "image", layers)
    settings = Settings.from_environment({"HULLSCAN_DATA_DIR": str(folder / "data")})
    return _packages(scan_target(settings, f"oci:{folder / 'image'}", offline=True))


def _packages(report: Report) -> list[tuple[str, str, str]]:
    return [(one.purl, one.layer, one.path) for one in report.packages]


def test_each_image_on_a_known_base_has_its_own_packages(context: Context, tmp_path: Path) -> None:
    """Layers in another order, removed again, rewritten, and the same image twice."""
    world = World(context)
    pushed = [_pushed(world, layers, str(number)) for number, layers in enumerate(_IMAGES)]

    assert pushed == [_alone(tmp_path / str(number), layers) for number, layers in enumerate(_IMAGES)]
