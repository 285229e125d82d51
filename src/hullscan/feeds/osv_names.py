"""Which names of an OSV record mean the same flaw, and which flaws it speaks of."""

import re
from collections.abc import Iterable
from typing import Final

_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,}")

_UPDATES: Final = re.compile(
    r"(DSA|DLA|DTSA|USN|LSN|RLSA|RXSA|ALSA|RHSA|RHBA|RHEA|SUSE-[SROF]U|openSUSE-[SROF]U|OESA|MGASA|ELSA|FEDORA|GLSA|ASA|TSSA|BELL-SA)-"
)
"""Ids of updates: notices of a distribution that fix some flaws at once, each a flaw of its own."""

_STREAM: Final = re.compile(r"(?<![\w.:+-])([a-z0-9][\w.+-]*:[\w.+-]+)(?![\w:])")
_MODULE_BUILD: Final = re.compile(r"\.module[+_]")

_MINOR: Final = re.compile(r"^(enterprise_linux:\d+)\.\d+")

_PAGES: Final = (
    (re.compile(r"(DSA|DLA)-\d+"), "https://security-tracker.debian.org/tracker/{}"),
    (re.compile(r"USN-\d+"), "https://ubuntu.com/security/notices/{}"),
    (re.compile(r"GHSA-[0-9a-z-]+"), "https://github.com/advisories/{}"),
)
"""The record's own page at its publisher, where its id says it."""

LICENSES: Final = {
    "Ubuntu": "CC-BY-SA-4.0",
    "AlmaLinux": "MIT",
    "Rocky Linux": "BSD-3-Clause",
    "crates.io": "CC0-1.0",
    "Hackage": "CC0-1.0",
    "GHC": "CC0-1.0",
    "opam": "CC0-1.0",
    "CRAN": "Apache-2.0",
    "Bitnami": "Apache-2.0",
    "Debian": "MIT",
    "Alpine": "MIT",
}
"""Licences other than CC-BY-4.0, as osv.dev lists its sources."""


def flaws_of(
    record: str, aliases: list[str], upstream: list[str], related: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    Return the flaws a record speaks of, and the other names of its one flaw.

    `aliases` are other names of the same flaw, `upstream` the flaws a distribution's record passes on, `related` neither
    (OSV schema) – but AlmaLinux and some of Rocky Linux name their flaws only there, and Chainguard's older records the other
    names of theirs.
    """
    named = list(dict.fromkeys(aliases))
    passed_on = list(dict.fromkeys(upstream))
    if _UPDATES.match(record):
        for names in (named + passed_on, related):
            flaws = tuple(dict.fromkeys(name for name in names if _CVE.fullmatch(name)))
            if flaws:
                return flaws, ()
        return (record,), tuple(name for name in named if name != record)
    if record.startswith("CGA-") and not named and not passed_on:
        named = [name for name in dict.fromkeys(related) if name != record]
    # DEBIAN-CVE-2024-1, UBUNTU-CVE-… and their like: the distribution's word on one flaw.
    names = list(dict.fromkeys([record, *named, *passed_on]))
    cves = [name for name in names if _CVE.fullmatch(name)]
    if not cves:
        return (record,), tuple(name for name in names if name != record)
    if len(cves) > 1 and not named and passed_on:
        return tuple(cves), ()
    best = record if _CVE.fullmatch(record) else cves[0]
    return (best,), tuple(name for name in names if name != best and not name.endswith("-" + best))


def cves_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the CVE ids that *texts* name, each once, in their order."""
    return tuple(dict.fromkeys(cve for text in texts for cve in _CVE.findall(text)))


def plain_ecosystem(ecosystem: str) -> str:
    """
    Return the ecosystem without the address of a repository (``Packagist:https://packages.drupal.org/8``).

    OSV schema, "Defined Ecosystems": the suffix says which repository; package managers ask all of theirs under one name.
    Red Hat's is a product's CPE.
    """
    base, _, rest = ecosystem.partition(":")
    if base == "Red Hat":
        return f"{base}:{plain_cpe(rest)}"
    return base if rest.startswith(("https://", "http://")) else ecosystem


def plain_cpe(product: str) -> str:
    """
    Return Red Hat's name of a product without the minor release: ``enterprise_linux:10`` of ``enterprise_linux:10.0``.

    Rule: Red Hat's "Identifying Red Hat components using CPEs": from RHEL 10 on updates of the main stream name the minor
    release in which they came; those of extended support are products of other names.
    """
    return _MINOR.sub(r"\1", product)


def streams_in(title: str) -> tuple[str, ...]:
    """
    Return the module streams that an update's title names: ``nodejs:20`` of ``Important: nodejs:20 security update``.

    Rule: Red Hat and those that rebuild it name the streams in the title, sometimes two (``pki-core:10.6 and
    pki-deps:10.6``), whatever stands before: a severity, ``Red Hat Security Advisory``, the update's own id.
    """
    return tuple(dict.fromkeys(_STREAM.findall(title)))


def modules_of(title: str, version: str) -> tuple[str, ...]:
    """
    Return the module streams that a build is for: those of its update's *title* if it is a module build, else "" alone.

    AlmaLinux and Rocky Linux write ``pam:1.5.1`` over builds that are in no module, too; a build of a module says so in
    its release (``1.module_el8.6.0+2739``).
    """
    return (streams_in(title) or ("",)) if _MODULE_BUILD.search(version) else ("",)


def links_of(record: str, references: list[str]) -> tuple[str, ...]:
    """Return the record's references in their order, its own page at the publisher first if it is not among them."""
    links = [url for url in references if url.startswith(("https://", "http://"))]
    for pattern, page in _PAGES:
        found = pattern.match(record)
        if found is not None and page.format(record) not in links and page.format(found[0]) not in links:
            links.insert(0, page.format(record))
    return tuple(dict.fromkeys(links))
