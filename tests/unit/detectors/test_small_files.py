"""Each kind of file in its smallest form that shows its rules (`fuzz.small_files`); the real ones are in tests/quality."""

import pytest
from fuzz.small_files import FILES, PNPM_5, PNPM_9, TOLD_OF_WHOLE, UV

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector import Detector
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.file import LayerFile
from hullscan.model.package import DetectedFile

_SET = DetectorSet(DETECTORS, directory=True)


def _detect(path: str, content: str | bytes) -> tuple[DetectedFile, ...]:
    import io

    data = content.encode() if isinstance(content, str) else content
    return _SET.detect(LayerFile(path, len(data), lambda: io.BytesIO(data)))


@pytest.mark.parametrize(("path", "content", "expected"), FILES, ids=lambda one: one if isinstance(one, str) else "")
def test_names_and_versions(path: str, content: str | bytes, expected: set[tuple[str, str]]) -> None:
    """What the file says, and nothing of the project itself."""
    detected = _detect(path, content)

    assert {(one.full_name, one.version) for file in detected for one in file.packages} == expected
    assert {problem.code for file in detected for problem in file.problems} <= TOLD_OF_WHOLE


@pytest.mark.parametrize(
    ("path", "content", "dev"),
    [
        ("pnpm-lock.yaml", PNPM_5, {"b"}),
        ("pnpm-lock.yaml", PNPM_9, {"only-dev", "c"}),
        ("uv.lock", UV, {"b"}),
        ("composer.lock", '{"packages-dev": [{"name": "v/b", "version": "2.0"}]}', {"b"}),
        ("gradle.lockfile", "g:a:1.0=testRuntimeClasspath\ng:b:1.0=runtimeClasspath,testRuntimeClasspath\n", {"a"}),
        ("Pipfile.lock", '{"default": {"a": {"version": "==1"}}, "develop": {"b": {"version": "==2"}}}', {"b"}),
        ("conan.lock", '{"requires": ["a/1.0"], "build_requires": ["cmake/3.0"]}', {"cmake"}),
    ],
)
def test_what_only_development_needs_is_marked(path: str, content: str, dev: set[str]) -> None:
    """Marked, not dropped."""
    assert {one.name for file in _detect(path, content) for one in file.packages if one.dev} == dev


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("yarn.lock", "this is no lock file at all"),
        ("pnpm-lock.yaml", "a: [unclosed"),
        ("pnpm-lock.yaml", "lockfileVersion: 5.4\npackages:\n  nonsense: {}\n"),
        ("bun.lock", '{"packages": {"a": [1]}}'),
        ("Pipfile.lock", "[]"),
        ("poetry.lock", "[[package"),
        ("composer.lock", ""),
        ("packages.config", "<packages>"),
        ("Package.resolved", "{"),
        ("go.mod", "this is no module"),
        ("pubspec.lock", ""),
        ("Podfile.lock", ""),
        ("pnpm-lock.yaml", "---\n"),
        ("stack.yaml.lock", "# cut off here\n"),
        ("environment.yml", ""),
        ("var/lib/chisel/manifest.wall", b"no zstd"),
        ("opt/conda/conda-meta/a.json", '{"name": "a"}'),
        ("usr/share/php/.registry/a.reg", "nothing"),
    ],
)
def test_what_cannot_be_read_is_said(path: str, content: str | bytes) -> None:
    """A broken file is a problem with its path, and never an empty list."""
    detected = _detect(path, content)

    assert [problem.path for file in detected for problem in file.problems] == [path]


def test_what_is_named_like_an_sbom_and_is_none_says_nothing() -> None:
    """Such names are also used for other things."""
    assert _detect("app/bom.json", '{"something": "else"}') == ()


@pytest.mark.parametrize("detector", [one for one in DETECTORS if one.name != "other-roots"], ids=lambda one: one.name)
def test_there_is_a_small_file_for_every_detector(detector: Detector) -> None:
    """So that the rules of each are checked above, and fuzzing has where to begin; one tells only problems."""
    assert detector.name in {read.detector for path, content, _ in FILES for read in _detect(path, content)}
