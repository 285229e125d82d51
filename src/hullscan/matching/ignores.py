"""Ignore files: flaws that somebody accepted, until a date or for good."""

from dataclasses import dataclass
from datetime import date

from hullscan.errors import UnreadableInput
from hullscan.model.report import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """One rule: the id of a flaw (any of its names), and the last day on which it counts (None: every day)."""

    id: str
    until: date | None

    @property
    def reason(self) -> str:
        """What the report says beside what it suppresses."""
        return "ignored by rule" + (f" until {self.until:%Y-%m-%d}" if self.until else "")

    def names(self, finding: Finding) -> bool:
        """Say whether *finding* is of this flaw; ids have no case, and people write ``ghsa-…`` and ``cve-…``."""
        return self.id.upper() in {name.upper() for name in (finding.id, *finding.aliases)}

    def expired(self, today: date) -> bool:
        """Say whether the rule no longer counts."""
        return self.until is not None and today > self.until

    def holds(self, finding: Finding, today: date) -> bool:
        """Say whether *finding* is suppressed today."""
        return self.names(finding) and not self.expired(today)


def parse_ignore_file(text: str) -> tuple[Ignore, ...]:
    """
    Read one id a line, optionally followed by ``exp:YYYY-MM-DD``; ``#`` begins a comment.

    Raises:
        UnreadableInput: A line is neither; the text says which.
    """
    rules = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        until = None
        for word in words[1:]:
            if not word.startswith("exp:"):
                raise UnreadableInput(f"ignore file, line {number}: {word!r} is not exp:YYYY-MM-DD")
            try:
                until = date.fromisoformat(word[4:])
            except ValueError as error:
                raise UnreadableInput(f"ignore file, line {number}: {word[4:]!r} is no date") from error
        rules.append(Ignore(id=words[0], until=until))
    return tuple(rules)
