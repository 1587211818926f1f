"""One card in full: what it says, what it waits for, what it is linked to, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from devops_tui.domain.board import BoardRules, Card, Column, LinkKind, Place
from devops_tui.domain.event import Event
from devops_tui.domain.tracker import TrackedCard
from devops_tui.domain.view import Overview
from devops_tui.presentation import units
from devops_tui.presentation.activity import words_of
from devops_tui.presentation.glyphs import CARD_KINDS
from devops_tui.presentation.layout import joined, rule
from devops_tui.presentation.line import Line, cut, line
from devops_tui.presentation.markdown import markdown
from devops_tui.presentation.rows import Row, note
from devops_tui.presentation.tracker import sheet_rows
from devops_tui.presentation.wrap import wrapped

LINK = "link "
"""How the key of a row begins that opens something: "link run:shop-412"."""

_REMARK = "comment "


def remark_of(key: str) -> str:
    """The number of the remark that a row of the sheet belongs to, from 1; empty for none."""
    index = key.removeprefix(_REMARK).partition("#")[0].partition(".")[0]
    return str(int(index) + 1) if key.startswith(_REMARK) and index.isdecimal() else ""


@dataclass(frozen=True, slots=True)
class CardSurroundings:
    """What stands around a card.

    Attributes:
        waits_for: The cards it depends on, by id; those that are gone are not there.
        needed_by: Ids of the cards that depend on it.
        runs: Runs that name it.
        incidents: Problems that were filed as it.
        history: Its events, oldest first.
    """

    waits_for: Mapping[str, Place] = field(default_factory=dict)
    needed_by: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    history: Sequence[Event] = ()
    tracked: TrackedCard | None = None  # its issue in another tool
    rules: BoardRules | None = None  # of the board as it is now

    def place_of(self, card: Card) -> Place:
        """The column that it is shown in."""
        return self.rules.place_of(card) if self.rules is not None else card.place


def surroundings(
    card: Card,
    overview: Overview,
    history: Sequence[Event] = (),
    tracked: TrackedCard | None = None,
) -> CardSurroundings:
    """Reads them from what a screen has."""
    rules = overview.workspace.board if overview.workspace is not None else None
    return CardSurroundings(
        {
            c.id: rules.place_of(c) if rules is not None else c.place
            for c in overview.cards
            if c.id in card.depends
        },
        tuple(c.id for c in overview.cards if card.id in c.depends),
        tuple(v.run.id for v in overview.runs if card.id in v.run.cards),
        tuple(i.id for i in overview.incidents if i.card_id == card.id),
        history,
        tracked,
        rules,
    )


def links_of(card: Card, around: CardSurroundings) -> list[tuple[str, str]]:
    """Everything it is linked to, kind and name, each once: its own, and what names it."""
    own = [(link.kind.value, link.name) for link in card.links]
    runs = [(LinkKind.RUN.value, str(name)) for name in (*card.runs, *around.runs)]
    incidents = [(LinkKind.INCIDENT.value, name) for name in around.incidents]
    cards = [("card", str(name)) for name in (*card.depends, *around.needed_by)]
    return list(dict.fromkeys((*own, *runs, *incidents, *cards)))


def card_sheet(card: Card, around: CardSurroundings, now: datetime, cells: int) -> list[Row]:
    """Everything about a card; rows whose key begins with LINK open what they name."""
    rows = [*_head(card, around, now, cells), *_facts(card, around, now, cells)]
    if around.tracked is not None:
        rows += sheet_rows(around.tracked, now, cells)
    for kind, name in links_of(card, around):
        rows.append(Row(f"{LINK}{kind}:{name}", cut(_link(card, around, kind, name), cells)))
    if card.checklist:
        done = sum(1 for item in card.checklist if item.is_done)
        title = line((f"checklist {done}/{len(card.checklist)}", "title"))
        rows.append(note("check-rule", rule(title, cells)))
        for index, item in enumerate(card.checklist):
            mark = "● " if item.is_done else "○ "
            rows += wrapped(
                f"check {index}", mark + item.text, cells, "muted" if item.is_done else "text"
            )
    if card.text:
        rows.append(note("text-rule", rule(line(("text", "title")), cells)))
        rows += [note(f"text {i}", each) for i, each in enumerate(markdown(card.text, cells))]
    rows += _comments(card, now, cells)
    if around.history:
        rows.append(note("history-rule", rule(line(("history", "title")), cells)))
        for event in reversed(around.history):
            rows.append(note(f"event {event.seq}", cut(_told(event, now), cells)))
    return rows


def _head(card: Card, around: CardSurroundings, now: datetime, cells: int) -> list[Row]:
    role = CARD_KINDS[card.kind][1]
    people = " and ".join(card.assignees)
    where = around.place_of(card).value
    where = where if card.archived_at is None else f"archived from {where}"
    head = joined(
        [
            line((card.id, "title")),
            line((card.kind.value, role)),
            line((where, "text")),
            line((f"assigned to {people}" if people else "nobody's", "muted")),
        ]
    )
    rows = [note("head", cut(head, cells)), *wrapped("title", card.title, cells, "accent")]
    if around.rules is not None and around.rules.has_lost(card):
        told = f"it was put into {card.step}, a column that devops.yaml has no more"
        rows += wrapped("lost", told, cells, "warning")
    if card.blocked:
        since = f" for {units.age(card.blocked_at, now)}" if card.blocked_at else ""
        rows += wrapped("blocked", f"✕ blocked{since}: {card.blocked}", cells, "failed")
    return rows


def _facts(card: Card, around: CardSurroundings, now: datetime, cells: int) -> list[Row]:
    is_late = bool(card.due) and card.due < now.date().isoformat()
    is_late = is_late and card.column is not Column.DONE
    facts = [line((f"priority {card.priority.value}", "failed" if card.is_expedite else "muted"))]
    if card.estimate is not None:
        facts.append(line((f"{card.estimate:g} points", "muted")))
    if card.due:
        told = f"was due {card.due}" if is_late else f"due {card.due}"
        facts.append(line((told, "failed" if is_late else "muted")))
    if card.service:
        facts.append(line((f"service {card.service}", "muted")))
    ages = (
        f"created {units.age(card.created_at, now)} ago",
        f"in {around.place_of(card)} for {units.age(card.moved_at, now)}",
    )
    rows = [
        note("facts", cut(joined(facts), cells)),
        note("ages", cut(line((" · ".join(ages), "muted")), cells)),
    ]
    if card.labels:
        rows += wrapped("labels", f"labels: {', '.join(card.labels)}", cells, "muted")
    return rows


def _link(card: Card, around: CardSurroundings, kind: str, name: str) -> Line:
    if kind != "card":
        return line((f"{kind} ", "muted"), (name, "accent"))
    if name not in card.depends:
        return line(("needed by ", "muted"), (name, "accent"))
    column = around.waits_for.get(name)
    is_open = column is not None and column is not Column.DONE
    where = column.value if column else "not on the board"
    return line(
        ("waits for " if is_open else "waited for ", "warning" if is_open else "muted"),
        (name, "accent"),
        (f" ({where})", "muted"),
    )


def _comments(card: Card, now: datetime, cells: int) -> list[Row]:
    if not card.comments:
        return []
    title = units.plural(len(card.comments), "comment")
    rows = [note("comments-rule", rule(line((title, "title")), cells))]
    for index, comment in enumerate(card.comments):
        when = f" {units.age(comment.at, now)} ago"
        if comment.edited_at is not None:
            when += f", changed {units.age(comment.edited_at, now)} ago"
        who = line((f"{index + 1} ", "muted"), (comment.actor, "accent"), (when, "muted"))
        rows.append(note(f"{_REMARK}{index}", cut(who, cells)))
        for part, each in enumerate(markdown(comment.text, cells)):
            rows.append(note(f"{_REMARK}{index}.{part}", each))
    return rows


def _told(event: Event, now: datetime) -> Line:
    undone = "undid: " if "undoes" in event.data else "again: " if "redoes" in event.data else ""
    changed = event.data.get("changed")
    fields = f" ({', '.join(sorted(changed))})" if isinstance(changed, dict) else ""
    why = f" — {event.why}" if event.why else ""
    return line(
        (f"{units.age(event.at, now)} ago ", "muted"),
        f"{undone}{words_of(event)}{fields} by ",
        (event.actor, "accent"),
        why,
    )
