"""Which Jira holds the same work, and how its words are those of the board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from devops_tui.domain.board import Column, Place, Step


class JiraKind(StrEnum):
    """The two editions, whose interfaces differ."""

    CLOUD = "cloud"
    SERVER = "server"  # Data Center


@dataclass(frozen=True, slots=True)
class JiraSettings:
    """What `board: {jira: ...}` says.

    Attributes:
        url: Of the site, without a slash at its end.
        user: Of a Cloud token; empty where the token stands for itself.
        token: A reference to the secret, never the secret.
        board: Number of the Jira board whose columns and order count; None for none.
        filter: JQL that narrows the project down; empty for all of it.
        columns: Our columns to names of statuses, the first of which a card is moved to.
        people: Logins to accounts: an account id of Cloud, a name of Data Center.
        types: Kinds of cards to names of issue types.
        every_s: Seconds between two looks.
        creates: Whether a card that is only here becomes an issue.
        further: The board's columns beside the four.
    """

    url: str
    kind: JiraKind
    project: str
    token: str
    user: str = ""
    board: int | None = None
    filter: str = ""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    every_s: float = 30.0
    creates: bool = True
    further: tuple[Step, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Every column that an issue can be in here; the four first."""
        return (*Column, *self.further)

    def place(self, name: str) -> Place:
        """The column that is called exactly so; one that is gone counts as work."""
        return next((p for p in self.places if p.value == name), Column.IN_WORK)

    def login_of(self, account: str) -> str:
        """Who of the team that account is; empty for nobody."""
        return next((login for login, known in self.people.items() if known == account), "")
