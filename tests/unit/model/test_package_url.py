"""Package URLs beside those of the purl library."""

from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from hullscan.model.package_url import package_url

_TYPES = [
    "alpm",
    "apk",
    "cargo",
    "composer",
    "conda",
    "cpan",
    "deb",
    "gem",
    "generic",
    "golang",
    "hackage",
    "hex",
    "huggingface",
]
_TYPES += ["luarocks", "maven", "mlflow", "npm", "nuget", "oci", "opkg", "pub", "pypi", "rpm", "swift"]
_TEXT = st.text(st.sampled_from("aAzZ019._~-+:@/%&=?# é\\"), max_size=6)
_PLAIN = st.from_regex(r"[a-zA-Z0-9._~-]{0,6}", fullmatch=True)


@given(
    type_=st.sampled_from(_TYPES),
    namespace=_PLAIN | _TEXT,
    name=_PLAIN | _TEXT,
    version=_PLAIN | _TEXT,
    qualifiers=st.lists(
        st.tuples(st.sampled_from(["arch", "distro", "Epoch", "a.b", "x y", ""]), _PLAIN | _TEXT), max_size=3
    ),
)
def test_they_are_those_of_the_library(
    type_: str, namespace: str, name: str, version: str, qualifiers: list[tuple[str, str]]
) -> None:
    def library() -> str:
        return PackageURL(type_, namespace or None, name, version or None, dict(qualifiers) or None).to_string()

    def ours() -> str:
        return package_url(type_, namespace, name, version, qualifiers)

    assert _told(ours) == _told(library)


def _told(write: object) -> str:
    try:
        return write()  # type: ignore[operator, no-any-return]
    except (ValueError, TypeError) as error:
        return type(error).__name__
