"""A jar's coordinates from what it says of itself, where it holds no pom.properties."""

import re
from typing import Final

_FILE: Final = re.compile(
    r"(?P<name>.+?)[-_](?P<version>\d[\w.+-]*?)(?:-(?:sources|javadoc|tests|all|jar-with-dependencies))?"
)
_GROUP: Final = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+")
_VERSION: Final = re.compile(r"\d[\w.+-]*")

_GROUP_KEYS: Final = (
    "Group-Id",
    "Implementation-Vendor-Id",
    "Bundle-SymbolicName",
    "Automatic-Module-Name",
    "Extension-Name",
    "Specification-Title",
)
_VERSION_KEYS: Final = ("Implementation-Version", "Bundle-Version", "Specification-Version", "Plugin-Version")
_DOMAIN: Final = re.compile(r"(?:com|org|net|io)\.[\w-]+\.[\w.-]+")
"""A name as OSGi's bundles have it: org.eclipse.sisu.inject."""

_KNOWN_GROUPS: Final = {
    "derby": "org.apache.derby",
    "libthrift": "org.apache.thrift",
    "snappy-java": "org.xerial.snappy",
    "jackson-mapper-asl": "org.codehaus.jackson",
    "jackson-core-asl": "org.codehaus.jackson",
    "log4j": "log4j",
    "junit": "junit",
    "guava": "com.google.guava",
    "commons-collections": "commons-collections",
    "commons-io": "commons-io",
    "commons-lang": "commons-lang",
    "commons-beanutils": "commons-beanutils",
    "commons-fileupload": "commons-fileupload",
    "commons-codec": "commons-codec",
    "commons-httpclient": "commons-httpclient",
}
"""Groups of artifacts whose jars have neither pom.properties nor a manifest that says them (Maven Central)."""


def manifest_fields(text: str) -> dict[str, str]:
    """Return the main section of a manifest; a line that begins with a space goes on with the one before (JAR specification)."""
    fields: dict[str, str] = {}
    last = ""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line:
            break
        if line.startswith(" ") and last:
            fields[last] += line[1:]
            continue
        key, colon, value = line.partition(":")
        if colon:
            last = key.strip()
            fields[last] = value.strip()
    return fields


def coordinates(fields: dict[str, str], file_name: str) -> tuple[str, str, str] | None:
    """
    Return (group, artifact, version), the group "" if nothing says it; None if there is no name with a version.

    The file's name says artifact and version best, for build tools write it; the manifest says the group.
    """
    stem = file_name.rpartition(".")[0]
    found = _FILE.fullmatch(stem)
    artifact = found["name"] if found else stem
    version = found["version"] if found else ""
    if not version:
        version = next((one for key in _VERSION_KEYS if _VERSION.fullmatch(one := fields.get(key, ""))), "")
    if not artifact or not version:
        return None
    return _group(fields, artifact), artifact, version


def _group(fields: dict[str, str], artifact: str) -> str:
    for key in _GROUP_KEYS:
        text = fields.get(key, "").partition(";")[0].strip()
        if not _GROUP.fullmatch(text):
            continue
        if key in ("Group-Id", "Implementation-Vendor-Id"):
            # What Jenkins' and Maven's archivers write there is the group itself (maven.apache.org/shared/maven-archiver).
            return text
        if text == artifact or text.endswith("." + artifact):
            return text.removesuffix("." + artifact)
        # A bundle's name often ends in the artifact's own last word: org.apache.logging.log4j.core of log4j-core.
        head, _, tail = text.rpartition(".")
        if key == "Bundle-SymbolicName" and artifact.endswith(tail) and "." in head:
            return head
        return text
    known = _KNOWN_GROUPS.get(artifact, "")
    return known or (artifact.rpartition(".")[0] if _DOMAIN.fullmatch(artifact) else "")
