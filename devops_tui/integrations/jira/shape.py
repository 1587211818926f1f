"""How a site is set up: statuses, the board's columns, the fields that have a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from devops_tui.domain.board import Column, Place, Step, plain_name
from devops_tui.domain.jira import JiraSettings
from devops_tui.integrations.jira.words import COLUMN_HERE

_SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
_BY_SPRINT = (Column.BACKLOG, Column.PLANNED)
_CATEGORIES = {"done": Column.DONE, "indeterminate": Column.IN_WORK}


@dataclass(frozen=True, slots=True)
class Shape:
    """What was read of a site and its board.

    Attributes:
        columns: Ids of statuses to our columns.
        targets: Our columns to ids of statuses, the first of which is aimed at.
        is_scrum: Planned means: in the sprint that runs.
        sprint: Id of that sprint; None where none runs.
        estimate, rank, sprints: Fields; empty where there is none.
        priorities, types: Names that the site has; empty where nobody said.
    """

    columns: Mapping[str, Place]
    targets: Mapping[Place, Sequence[str]]
    is_scrum: bool = False
    sprint: int | None = None
    sprint_told: str = ""
    estimate: str = ""
    estimate_name: str = ""
    rank: str = ""
    sprints: str = ""
    priorities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def column_of(self, status: str, *, is_in_sprint: bool) -> Place:
        """Where an issue of that status stands here."""
        column = self.columns.get(status, Column.BACKLOG)
        if self.is_scrum and column.phase in _BY_SPRINT:
            if not is_in_sprint:
                return Column.BACKLOG
            return Column.PLANNED if column is Column.BACKLOG else column
        return column

    def seen_as(self, place: Place) -> str:
        """As what a card in that column is read again: a further one may have no status."""
        has_own = isinstance(place, Column) or place in self.columns.values()
        return place.value if has_own else place.phase.value

    def is_by_sprint(self, place: Place) -> bool:
        """Whether the sprint has a say in it, beside the status."""
        return self.is_scrum and place.phase in _BY_SPRINT


def shape_of(
    settings: JiraSettings,
    statuses: Sequence[Mapping[str, Any]],
    board: Mapping[str, Any],
    fields: Sequence[Mapping[str, Any]],
    sprints: Sequence[Mapping[str, Any]],
    priorities: Sequence[Mapping[str, Any]],
    types: Sequence[Mapping[str, Any]],
) -> Shape:
    """Puts the answers of a site together; what is missing in them is left out."""
    on_board = _board_columns(board)
    said = {
        name.lower(): settings.place(c) for c, names in settings.columns.items() for name in names
    }
    columns: dict[str, Place] = {}
    names: dict[str, str] = {}
    for status in statuses:
        number, name = str(status.get("id")), str(status.get("name", ""))
        names[number] = name
        category = status.get("statusCategory") or {}
        by_category = _CATEGORIES.get(str(category.get("key")))
        columns[number] = said.get(name.lower()) or _guess(
            on_board.get(number), by_category, settings.further
        )
    is_scrum = str(board.get("type", "")).lower() == "scrum"
    active = [s for s in sprints if s.get("state") == "active"]
    ranking = (board.get("ranking") or {}).get("rankCustomFieldId")
    estimation = (board.get("estimation") or {}).get("field") or {}
    return Shape(
        columns,
        _targets(settings, columns, names, on_board, is_scrum=is_scrum),
        is_scrum,
        int(active[0]["id"]) if active else None,
        _told(active[0]) if active else "",
        str(estimation.get("fieldId") or ""),
        str(estimation.get("displayName") or ""),
        f"customfield_{ranking}" if ranking else "",
        next((str(f["id"]) for f in fields if _custom(f) == _SPRINT), ""),
        tuple(str(p.get("name")) for p in priorities),
        tuple(str(t.get("name")) for t in types if not t.get("subtask")),
        names,
    )


def _board_columns(board: Mapping[str, Any]) -> dict[str, str]:
    """Ids of statuses to the name of the board's column."""
    config = board.get("columnConfig") or {}
    return {
        str(status.get("id")): str(column.get("name", ""))
        for column in config.get("columns") or ()
        for status in column.get("statuses") or ()
    }


def _guess(board_column: str | None, by_category: Column | None, further: Sequence[Step]) -> Place:
    """By what the board calls its column, then by what kind of status it is."""
    if board_column is not None:
        plain = plain_name(board_column)
        step = next((s for s in further if plain_name(s.name) == plain), None)
        if step is not None:
            return step
        known = COLUMN_HERE.get(board_column.lower())
        return known or by_category or Column.PLANNED
    return by_category or Column.BACKLOG


def _targets(
    settings: JiraSettings,
    columns: Mapping[str, Place],
    names: Mapping[str, str],
    on_board: Mapping[str, str],
    *,
    is_scrum: bool,
) -> dict[Place, list[str]]:
    """In the order in which the operator named them, else that of the board."""
    order = [*on_board, *(s for s in columns if s not in on_board)]
    found: dict[Place, list[str]] = {}
    for column in settings.places:
        wanted = [n.lower() for n in settings.columns.get(column.value, ())]
        there = [s for s in order if columns.get(s) == column]
        there.sort(
            key=lambda s: wanted.index(names[s].lower()) if names[s].lower() in wanted else 99
        )
        found[column] = there
    # where one status stands for both, a card may move between them without Jira noticing
    for one, other in ((Column.BACKLOG, Column.PLANNED), (Column.PLANNED, Column.BACKLOG)):
        found[one] = found[one] or found[other]
    if is_scrum:  # there the sprint tells them apart, not the status
        both = list(dict.fromkeys((*found[Column.PLANNED], *found[Column.BACKLOG])))
        found[Column.PLANNED] = found[Column.BACKLOG] = both
    for step in settings.further:  # where it has no status, the phase's stands for it, too
        found[step] = found[step] or found[step.phase]
    return found


def _custom(field_: Mapping[str, Any]) -> str:
    return str((field_.get("schema") or {}).get("custom", ""))


def _told(sprint: Mapping[str, Any]) -> str:
    parts = [str(sprint.get("name") or f"sprint {sprint.get('id')}")]
    if sprint.get("goal"):
        parts.append(str(sprint["goal"]))
    if sprint.get("endDate"):
        parts.append(f"until {str(sprint['endDate'])[:10]}")
    return " · ".join(parts)
