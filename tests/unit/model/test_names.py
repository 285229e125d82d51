"""Names and places that publishers and databases agree on."""

import pytest

from hullscan.model.names import first_of_build


@pytest.mark.parametrize(
    ("ecosystem", "fixed", "first"),
    [
        ("Oracle Linux:8", "0:5.15.0-320.202.8.2.el8uek", "0:5.15.0"),
        ("Oracle Linux:8/aarch64", "4.14.35-1902.2.0.el7uek", "4.14.35"),
        ("Oracle Linux:8", "0:4.18.0-553.el8_10", "0"),
        ("Rocky Linux:8", "0:5.15.0-320.el8uek", "0"),
    ],
)
def test_unbreakable_kernels_are_fixed_apart(ecosystem: str, fixed: str, first: str) -> None:
    """A fix in UEK 7 says nothing of UEK 6, whose upstream version stays below it for good (wazuh/wazuh#37735)."""
    assert first_of_build(ecosystem, fixed) == first
