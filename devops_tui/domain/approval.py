"""Who may open a gate, who has, and for which evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from devops_tui.domain.codec import encode
from devops_tui.domain.event import Json
from devops_tui.domain.team import Role, Team

_CHANGES = 8
_SHOWN = 60  # characters of a value: enough of a digest to compare by eye


@dataclass(frozen=True, slots=True)
class Approvers:
    """Whose word counts; without roles and members everybody of the team.

    Attributes:
        roles, members: One of these roles, or one of these people.
        count: How many different people must approve, >= 1.
        is_not_author: Whoever wrote one of the commits may not.
    """

    roles: tuple[Role, ...] = ()
    members: tuple[str, ...] = ()
    count: int = 1
    is_not_author: bool = False

    def __str__(self) -> str:
        named = [role.value.replace("_", " ") for role in self.roles] + list(self.members)
        who = " or ".join(named) or "anybody of the team"
        some = f"{self.count} of " if self.count > 1 else ""
        return f"{some}{who}{', but no author of the commits' if self.is_not_author else ''}"


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes."""

    by: str
    at: datetime
    why: str


def why_not_may(rule: Approvers, team: Team, actor: str, authors: Iterable[str]) -> str | None:
    """Why this person's word does not count at a gate; None when it does."""
    roles = team.roles_of(actor)
    if not roles:
        return f"{actor} is not in the team"
    has_rule = bool(rule.roles or rule.members)
    if has_rule and team.members and actor not in rule.members and not roles & set(rule.roles):
        return f"{actor} may not decide this: {rule} may"
    names = {name.casefold() for name in (actor, *team.git_names_of(actor))}
    if rule.is_not_author and any(author.casefold() in names for author in authors):
        return f"{actor} wrote one of these commits: somebody else has to approve them"
    return None


def evidence_hash(evidence: Mapping[str, Json]) -> str:
    """SHA-256 of what a person saw; an approval is given for it and for the plan."""
    text = json.dumps(encode(evidence), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def evidence_changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> tuple[str, ...]:
    """What differs between two evidences, a line each; "versions shop live: blue, was green"."""
    old, new = dict(_leaves(encode(before))), dict(_leaves(encode(after)))
    found = [
        f"{' '.join(path)}: {_short(new.get(path))}, was {_short(old.get(path))}"
        for path in dict.fromkeys((*old, *new))
        if old.get(path) != new.get(path)
    ]
    more = len(found) - _CHANGES
    return tuple(found[:_CHANGES]) + ((f"and {more} more",) if more > 0 else ())


def _leaves(value: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    items = value.items() if isinstance(value, dict) else None
    if isinstance(value, list):
        items = enumerate(value, 1)  # type: ignore[assignment] # keys become text below
    if not items:
        yield path, value
        return
    for key, inner in items:
        yield from _leaves(inner, (*path, str(key)))


def _short(value: Json) -> str:
    if value is None or value in ({}, [], ""):
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
