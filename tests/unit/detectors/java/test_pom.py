"""What a Maven project says together with its parents in the same tree."""

import io

from builders import make_layer
from hullscan.detectors.detector_set import DetectorSet
from hullscan.detectors.java.pom import Pom
from hullscan.layers.walk import walk_layer

_SET = DetectorSet((Pom(),), directory=True)


def _dependency(artifact: str, more: str = "") -> str:
    return f"<dependency><groupId>g</groupId><artifactId>{artifact}</artifactId>{more}</dependency>"


def _project(body: str) -> bytes:
    return f"<project xmlns='http://maven.apache.org/POM/4.0.0'>{body}</project>".encode()


def _found(files: dict[str, bytes]) -> dict[str, tuple[str, bool]]:
    blob = make_layer(files)
    layer = walk_layer(lambda: io.BytesIO(blob), _SET)
    return {one.name: (one.version, one.dev) for file in layer.files for one in file.packages}


_ROOT = _project(
    "<groupId>g</groupId><artifactId>root</artifactId><version>1</version>"
    "<properties><a.version>1.0</a.version><b.version>1.0</b.version></properties>"
    "<dependencyManagement><dependencies>"
    + _dependency("a", "<version>${a.version}</version>")
    + _dependency("b", "<version>${b.version}</version>")
    + _dependency("t", "<version>4.0</version><scope>test</scope>")
    + "</dependencies></dependencyManagement>"
)
_MIDDLE = _project(
    "<parent><groupId>g</groupId><artifactId>root</artifactId><version>1</version></parent><artifactId>middle</artifactId>"
)
_CHILD = (
    "<parent><groupId>g</groupId><artifactId>{0}</artifactId><version>1</version>{1}</parent><artifactId>child</artifactId>"
    "<properties><b.version>2.0</b.version></properties><dependencies>"
    + _dependency("a")
    + _dependency("b")
    + _dependency("t")
    + "</dependencies>"
)
_WHOLE = {"a": ("1.0", False), "b": ("2.0", False), "t": ("4.0", True)}
_ALONE = {"a": ("", False), "b": ("", False), "t": ("", False)}


def test_parents_in_the_same_tree() -> None:
    """Their properties and managed versions are inherited, a child's properties before those of its parents."""
    child = _project(_CHILD.format("middle", "<relativePath>../../middle</relativePath>"))

    assert _found({"pom.xml": _ROOT, "middle/pom.xml": _MIDDLE, "apps/child/pom.xml": child}) == _WHOLE
    assert _found({"pom.xml": _ROOT, "child/pom.xml": _project(_CHILD.format("root", ""))}) == _WHOLE


def test_parents_elsewhere() -> None:
    """One that is to be taken from a repository, and another project at the place, say nothing."""
    from_repository = _project(_CHILD.format("root", "<relativePath/>"))

    assert _found({"pom.xml": _ROOT, "child/pom.xml": from_repository}) == _ALONE
    assert _found({"pom.xml": _ROOT, "child/pom.xml": _project(_CHILD.format("other", ""))}) == _ALONE
    assert (
        _found({"child/pom.xml": _project(_CHILD.format("root", "<relativePath>../../../..</relativePath>"))}) == _ALONE
    )


def test_circles_end() -> None:
    """A project that calls itself its parent."""
    own = "<relativePath>pom.xml</relativePath>"
    body = f"<parent><groupId>g</groupId><artifactId>x</artifactId><version>1</version>{own}</parent><artifactId>x</artifactId>"

    assert _found({"pom.xml": _project(body + f"<dependencies>{_dependency('a')}</dependencies>")}) == {
        "a": ("", False)
    }


def test_versions_and_profiles() -> None:
    """``[1.0]`` is one version; of the profiles those count that are active unless another is asked for."""
    profile = "<profile><activation><activeByDefault>{0}</activeByDefault></activation><dependencies>{1}</dependencies></profile>"
    versions = {"exact": "[1.0]", "range": "[1.0,2.0)", "open": "(,1.0]"}
    body = "".join(_dependency(name, f"<version>{text}</version>") for name, text in versions.items())
    profiles = profile.format("true", _dependency("on", "<version>3</version>"))
    profiles += profile.format("false", _dependency("off", "<version>3</version>"))

    assert _found({"pom.xml": _project(f"<dependencies>{body}</dependencies><profiles>{profiles}</profiles>")}) == {
        "exact": ("1.0", False),
        "range": ("", False),
        "open": ("", False),
        "on": ("3", False),
    }


def test_properties_that_swell() -> None:
    """Each names the next a hundred times: what comes of it stays short, and is no version."""
    properties = "".join(f"<p{n}>{f'${{p{n + 1}}}' * 100}</p{n}>" for n in range(9))
    found = _found(
        {
            "pom.xml": _project(
                f"<properties>{properties}</properties><dependencies>{_dependency('a', '<version>${p0}</version>')}</dependencies>"
            )
        }
    )

    assert found == {"a": ("", False)}
