"""A jar's coordinates from what it says of itself, where it holds no pom.properties."""

import re
from typing import Final

from hullscan.detectors.java.groups import exact_group, family_group, tomcat_artifacts
from hullscan.patterns import pattern

_CLASSIFIER: Final = pattern(
    r"-(?:sources|javadoc|tests|all|jar-with-dependencies|exec|shaded|standalone|uber|native"
    r"|(?:natives-)?(?:linux|osx|macos|windows)(?:-(?:x86(?:_(?:32|64))?|aarch_?64|amd64|arm64|armhf|ppcle_64|s390_64)(?:-\w+)?)?)$"
)
"""What else an artifact may be attached as (maven.apache.org/pom.html, "classifier"): no part of its version."""

_DASH: Final = pattern(r"-(?=\d)")
_NUMBER_OF_THE_NAME: Final = pattern(r"\d[\w.]*-(?:(?!(?:alpha|beta|cr|ga|m|rc|sp)-)[a-z]+-\d+\.\d|\d{1,4}\.\d).*")
"""``1.2-api-2.17.1`` of log4j-1.2-api, ``0.23-2.3.7`` of hive-shims-0.23: the version comes after it."""

_BUNDLE: Final = pattern(r"(?P<name>[\w-]+(?:\.[\w-]+)+)_(?P<version>\d+\.\d+\.\d+[\w.+-]*)")
_UNDERSCORE: Final = pattern(r"(?P<name>.+?)_(?!(?:2\.1\d|3)$)(?P<version>\d+\.[\w.+-]+)")
"""Not ``chill_2.12``: Scala's own version ends the name of an artifact that was built for it."""

_SCALA: Final = pattern(r"_\d+(?:\.\d+)*$")
_GROUP: Final = pattern(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+")
_TOP_LEVEL: Final = pattern(r"(?:com|org|net|edu|gov|info|biz|dev|app|tech|cloud|javax?|jakarta|[a-z]{2})\.")
"""How a group begins that is a domain's name turned around; names of modules, such as ``spring.core``, may be other words."""

_VERSION: Final = pattern(r"\d[\w.+-]*")

_WHOLE_KEYS: Final = ("Group-Id", "Implementation-Vendor-Id", "Implementation-Title")
"""What Jenkins', Maven's and Apache's builds write there is the group itself (maven.apache.org/shared/maven-archiver)."""

_TOO_WIDE: Final = frozenset({"org.apache", "com.sun"})
"""Vendors that some builds name in place of the group."""

_GROUP_KEYS: Final = (
    "Bundle-SymbolicName",
    "Automatic-Module-Name",
    "Extension-Name",
    "Specification-Title",
)
_VERSION_KEYS: Final = ("Implementation-Version", "Bundle-Version", "Specification-Version", "Plugin-Version")
_SPELLINGS: Final = {key.lower(): key for key in (*_WHOLE_KEYS, *_GROUP_KEYS, *_VERSION_KEYS)}
_DOMAIN: Final = pattern(r"(?:com|org|net|io)\.[\w-]+\.[\w.-]+")
"""A name as OSGi's bundles have it: org.eclipse.sisu.inject."""

_LONGEST_NAME: Final = 255
"""No file system has longer ones (path_resolution(7), NAME_MAX), but an archive may name its members so."""

_NEWER_COMMONS: Final = frozenset({"compress", "crypto", "csv", "email", "exec", "imaging", "jexl", "math", "text"})


def manifest_fields(text: str) -> dict[str, str]:
    """
    Return the main section of a manifest.

    Rule: JAR specification: a line that begins with a space goes on with the one before; names have no case.
    """
    lines: list[list[str]] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line:
            break
        if line.startswith(" ") and lines:
            lines[-1].append(line[1:])
        elif ":" in line:
            lines.append([line])
    fields: dict[str, str] = {}
    for parts in lines:
        key, _, value = "".join(parts).partition(":")
        fields[_SPELLINGS.get(key.strip().lower(), key.strip())] = value.strip()
    return fields


def coordinates(fields: dict[str, str], file_name: str) -> tuple[str, tuple[str, ...], str] | None:
    """
    Return (group, artifacts, version), the group "" if nothing says it; None if there is no name with a version.

    The file's name says artifact and version best, for build tools write it; the manifest says the group. Nearly always it is
    one artifact.
    """
    artifact, version = _split(file_name.rpartition(".")[0])
    named = bool(version)
    if not version:
        version = next((one for key in _VERSION_KEYS if _VERSION.fullmatch(one := fields.get(key, ""))), "")
    if not artifact or not version:
        return None
    if (
        not named
        and fields.get("Implementation-Title") == "Apache Tomcat"
        and (artifacts := tomcat_artifacts(artifact))
    ):
        return "org.apache.tomcat", artifacts, version
    return _group(fields, artifact, version), (artifact,), version


def named_version(file_name: str) -> str:
    """Return the version in an archive's name, "" if there is none."""
    return _split(file_name.rpartition(".")[0])[1]


def _split(stem: str) -> tuple[str, str]:
    """Return artifact and version as Maven writes them, ``artifact-version``, or OSGi, ``bundle.name_1.2.3``; else no version."""
    if len(stem) > _LONGEST_NAME:
        return stem, ""
    stem = _CLASSIFIER.sub("", stem)
    bundle = _BUNDLE.fullmatch(stem)
    if bundle is not None:
        return bundle["name"], bundle["version"]
    for dash in _DASH.finditer(stem):
        version = stem[dash.end() :]
        if dash.start() and _VERSION.fullmatch(version) and not _NUMBER_OF_THE_NAME.fullmatch(version):
            return stem[: dash.start()], version
    found = _UNDERSCORE.fullmatch(stem)
    return (found["name"], found["version"]) if found is not None else (stem, "")


def _group(fields: dict[str, str], artifact: str, version: str) -> str:
    plain = _SCALA.sub("", artifact)
    known = exact_group(plain, version) or _conventional(artifact)
    if known:
        return known
    for key in _WHOLE_KEYS:
        text = fields.get(key, "").strip()
        if _GROUP.fullmatch(text) and text not in _TOO_WIDE:
            return text
    known = family_group(plain, version)
    if known:
        return known
    for key in _GROUP_KEYS:
        text = fields.get(key, "").partition(";")[0].strip()
        if _GROUP.fullmatch(text) and _TOP_LEVEL.match(text):
            return _without_artifact(text, plain, bundle=key == "Bundle-SymbolicName")
    # A name like org.eclipse.sisu.inject begins with the group by the convention of OSGi's bundles.
    return artifact.rpartition(".")[0] if _DOMAIN.fullmatch(artifact) else ""


def _conventional(artifact: str) -> str:
    """The groups of Apache Commons (the older ones are called as their artifact) and of Java's own interfaces."""
    if artifact.startswith("commons-"):
        newer = artifact[-1].isdigit() or artifact.removeprefix("commons-") in _NEWER_COMMONS
        return "org.apache.commons" if newer else artifact
    if artifact.startswith(("jakarta.", "javax.")) and artifact.endswith("-api"):
        return artifact.removesuffix("-api")
    return ""


def _without_artifact(text: str, artifact: str, *, bundle: bool) -> str:
    """The group within a bundle's or module's name, which often ends in the artifact, its words or its last word."""
    if text == artifact or text.endswith("." + artifact):
        return text.removesuffix("." + artifact)
    parts, words = text.split("."), re.split(r"[-_.]", artifact)
    group, rest = parts[: -len(words)], parts[-len(words) :]
    if rest == words and words[0] in group:
        return ".".join(group)  # com.fasterxml.jackson.module.jackson.module.scala
    # org.apache.logging.log4j.core of log4j-core: the group has the artifact's first word.
    if bundle and len(parts) > 2 and artifact.endswith(parts[-1]):
        return ".".join(parts[:-1])
    return text
