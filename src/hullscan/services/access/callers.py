"""Who is calling, and what they may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from hullscan.services.access.policies import SYSTEM_POLICIES, Asked, Document, decide, decided_by, parse_policy
from hullscan.services.context import now
from hullscan.store.access.accounts import UserRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """
    Somebody who proved who they are.

    `project_id` is the project that a token is scoped to, "" where the credentials are not scoped. `scopes` are those of
    a registry token (``repository:NAMESPACE/NAME:pull,push``), None where the credentials are good for all.
    """

    user_id: str
    name: str
    account_id: str
    account_name: str
    administrator: bool
    policies: tuple[tuple[str, str, Document], ...]
    project_id: str = ""
    scopes: tuple[str, ...] | None = None

    def reaches(self, repository: str, action: str) -> bool:
        """Say whether the credentials are good for *action* (pull, push, delete) on ``NAMESPACE/REPOSITORY``."""
        if self.scopes is None:
            return True
        for scope in self.scopes:
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            if kind == "repository" and name == repository and {action, "*"}.intersection(actions.split(",")):
                return True
        return False

    def belongs_to(self, project: str) -> bool:
        """Say whether the caller may call the project's API at all; operations ask for more."""
        if self.project_id and self.project_id != project:
            return False
        return self.administrator or any(held == project for held, _, _ in self.policies)

    def may(self, action: str, project: str, *, resource: str = "*", keys: Mapping[str, str] | None = None) -> bool:
        """
        Say whether the caller may do *action* (``swr:repository:getArtifact``) in *project*.

        Args:
            resource: URN of what it is done to; ``*`` asks of no particular one.
            keys: Values of condition keys.
        """
        if not self.belongs_to(project):
            return False
        if self.administrator:
            return True
        asked = Asked(action, resource, {**self.keys(), **(keys or {})})
        return decide([document for held, _, document in self.policies if held == project], asked)

    def why_not(self, action: str, project: str, *, resource: str = "*", keys: Mapping[str, str] | None = None) -> str:
        """Return why `may` says no."""
        held = {name: document for where, name, document in self.policies if where == project}
        return decided_by(held, Asked(action, resource, {**self.keys(), **(keys or {})}))

    def keys(self) -> dict[str, str]:
        """Return the condition keys that tell of the caller."""
        return {
            "g:UserId": self.user_id,
            "g:UserName": self.name,
            "g:DomainId": self.account_id,
            "g:DomainName": self.account_name,
            "g:PrincipalId": self.user_id,
            "g:CurrentTime": now().isoformat(),
            "g:EnterpriseProjectId": "0",
        }


def caller_from(row: UserRow) -> Caller:
    """Return the user of *row* as a caller whose credentials are not scoped."""
    return Caller(
        user_id=row.id,
        name=row.name,
        account_id=row.account_id,
        account_name=row.account_name,
        administrator=row.administrator,
        policies=tuple(
            (project, name, document)
            for project, name, text in row.policies
            if (document := _document(name, text)) is not None
        ),
    )


@lru_cache(maxsize=1_000)
def _document(name: str, text: str | None) -> Document | None:
    return SYSTEM_POLICIES.get(name) if text is None else parse_policy(text)
