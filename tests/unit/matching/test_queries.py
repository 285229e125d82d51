"""Under which name and version the feeds are asked for a package."""

import pytest

from hullscan.matching.queries import Query, queries
from hullscan.model.package import Package


@pytest.mark.parametrize(
    ("kind", "name", "version", "expected"),
    [
        ("generic", "java", "1.8.0_392-b08", ("Bitnami", "java", "8.0.392")),
        ("generic", "java", "17.0.9", ("Bitnami", "java", "17.0.9")),
        ("generic", "java", "21-ea", ("Bitnami", "java", "21-ea")),
        ("generic", "java", "strange", ("Bitnami", "java", "strange")),
        ("generic", "httpd", "2.4.57", ("Bitnami", "apache", "2.4.57")),
        ("bitnami", "redis", "7.2.4-3", ("Bitnami", "redis", "7.2.4")),
    ],
)
def test_upstream_versions(kind: str, name: str, version: str, expected: tuple[str, str, str]) -> None:
    """Runtimes and Bitnami's builds of them are asked for by upstream's version, as the records give it."""
    asked = queries(Package(type=kind, name=name, version=version))

    assert asked == (Query(ecosystem=expected[0], name=expected[1], version=expected[2]),)
