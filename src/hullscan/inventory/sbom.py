"""SBOMs as a scan's target."""

from hullscan.detectors.bills.reader import read_bill
from hullscan.inventory.purls import inventory_of_packages
from hullscan.model.package import Inventory


def read_sbom(data: bytes, path: str) -> Inventory:
    """
    Return what an SBOM lists.

    Raises:
        UnreadableInput: It is none that is known.
    """
    bill = read_bill(data, path)
    return inventory_of_packages(bill.found, bill.distro, detectors=f"{bill.kind}-7")


def sbom_references(data: bytes, path: str) -> dict[str, str]:
    """Return the package URLs of an SBOM by the ids of its components, that of its subject under "" (CycloneDX in JSON)."""
    return dict(read_bill(data, path).references)
