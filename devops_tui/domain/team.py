"""Who works here, and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A role of the team; a person may have several."""

    PRODUCT_OWNER = "product_owner"
    SCRUM_MASTER = "scrum_master"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the team; `name` is also the login that maps to the person.

    Attributes:
        git: The names that the person's commits bear, where they are not the login.
    """

    name: str
    roles: tuple[Role, ...] = (Role.MEMBER,)
    git: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """The people of a workspace; an empty team is one operator who may do everything."""

    members: tuple[Member, ...] = ()

    @property
    def head_count(self) -> int:
        """People who do the work, >= 1: what the InWork limit follows."""
        workers = [m for m in self.members if Role.MEMBER in m.roles]
        return max(1, len(workers))

    def roles_of(self, name: str) -> frozenset[Role]:
        """The roles of a person; every role when no team is configured."""
        if not self.members:
            return frozenset(Role)
        return frozenset(r for m in self.members if m.name == name for r in m.roles)

    def git_names_of(self, name: str) -> tuple[str, ...]:
        """The names that a person's commits bear, beside the login."""
        return tuple(n for m in self.members if m.name == name for n in m.git)
