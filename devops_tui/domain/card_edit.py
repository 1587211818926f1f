"""A change of what a card says: read from words, checked, and applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from devops_tui.domain.board import (
    Card,
    CardKind,
    CheckItem,
    Comment,
    Link,
    LinkKind,
    Priority,
)
from devops_tui.domain.errors import NotAllowed, Refused
from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker_merge import comment_mark

TITLE_LIMIT = 200
TEXT_LIMIT = 20_000
LIST_LIMIT = 50
_WORD_LIMIT = 100
_MOST_POINTS = 1000.0


@dataclass(frozen=True, slots=True)
class CardEdit:
    """What is to be changed; None leaves a thing as it is.

    The lists are words separated by commas. One that begins with + or - is added or taken
    away; else the list is replaced.

    Attributes:
        estimate: A number, or empty for none.
        due: A day as "2026-11-30", or empty for none.
        blocked: Why it cannot go on; empty unblocks it.
        check: Items of the checklist to add, or to tick: one that is there is turned.
        checklist: The whole list, one item a line, those that begin with "x " done.
        links: Words like "commit:abc123" or "host:web-1".
        reword: The number of a remark, from 1, and its new text; empty takes it away.
    """

    title: str | None = None
    text: str | None = None
    kind: CardKind | None = None
    assignees: str | None = None
    labels: str | None = None
    priority: Priority | None = None
    estimate: str | None = None
    due: str | None = None
    blocked: str | None = None
    depends: str | None = None
    service: str | None = None
    links: str | None = None
    check: tuple[str, ...] = ()
    checklist: str | None = None
    comment: str = ""
    reword: tuple[int, str] | None = None

    @property
    def is_comment_only(self) -> bool:
        """Whether nothing but a remark is added."""
        return bool(self.comment) and replace(self, comment="") == CardEdit()


def apply(card: Card, edit: CardEdit, actor: str, now: datetime) -> Card:
    """The card after the edit, under the same revision.

    Raises:
        Refused: A value is none that the card could have.
    """
    people = _list(edit.assignees, card.assignees, "assignee")
    depends = tuple(CardId(n) for n in _list(edit.depends, card.depends, "dependency"))
    blocked = card.blocked if edit.blocked is None else _one_line(edit.blocked, "reason")
    remark = edit.comment.strip()[:TEXT_LIMIT]
    comments = _reworded(card.comments, edit.reword, actor, now)
    return replace(
        card,
        title=_title(edit.title, card),
        text=card.text if edit.text is None else edit.text[:TEXT_LIMIT].strip(),
        kind=edit.kind or card.kind,
        assignee=people[0] if people else "",
        others=people[1:],
        labels=_list(edit.labels, card.labels, "label"),
        priority=edit.priority or card.priority,
        estimate=card.estimate if edit.estimate is None else _points(edit.estimate),
        due=card.due if edit.due is None else _day(edit.due),
        blocked=blocked,
        blocked_at=(card.blocked_at or now) if blocked else None,
        depends=depends,
        service=card.service if edit.service is None else _one_line(edit.service, "service"),
        links=_links(edit.links, card.links),
        checklist=_checked(_checklist(edit.checklist, card.checklist), edit.check),
        comments=(*comments, Comment(now, actor, remark)) if remark else comments,
    )


def _reworded(
    had: tuple[Comment, ...], wanted: tuple[int, str] | None, actor: str, now: datetime
) -> tuple[Comment, ...]:
    if wanted is None:
        return had
    number, text = wanted
    if not 1 <= number <= len(had):
        raise Refused(f"there is no remark {number}", f"The card has {len(had)}.")
    old, said = had[number - 1], text.strip()[:TEXT_LIMIT]
    if old.actor != actor:
        raise NotAllowed(f"remark {number} is {old.actor}'s", "Only who said it changes it.")
    if said == old.text:
        return had
    new = replace(old, text=said, edited_at=now, mark=comment_mark(old))
    return (*had[: number - 1], *((new,) if said else ()), *had[number:])


def as_lines(items: Sequence[CheckItem]) -> str:
    """A checklist as it is typed: "x done; not done"."""
    return "; ".join(("x " if item.is_done else "") + item.text for item in items)


def as_words(links: Sequence[Link]) -> str:
    """Links as they are typed."""
    return ", ".join(f"{link.kind.value}:{link.name}" for link in links)


def _title(wanted: str | None, card: Card) -> str:
    if wanted is None:
        return card.title
    return title_of(wanted)


def title_of(text: str) -> str:
    """A title in one line.

    Raises:
        Refused: It is empty.
    """
    title = " ".join(text.split())[:TITLE_LIMIT]
    if not title:
        raise Refused("a card needs a title", "Say in one line what is wanted.")
    return title


def _one_line(text: str, what: str) -> str:
    said = " ".join(text.split())
    if len(said) > TITLE_LIMIT:
        raise Refused(f"the {what} has more than {TITLE_LIMIT} characters", "Make it shorter.")
    return said


def _list(wanted: str | None, had: Sequence[str], what: str) -> tuple[str, ...]:
    if wanted is None:
        return tuple(had)
    words = [w.strip() for w in wanted.split(",") if w.strip()]
    changes = [w for w in words if w[0] in "+-" and len(w) > 1]
    if changes and len(changes) != len(words):
        raise Refused(
            f"{what}: some words begin with + or -, others do not",
            "Name all of them, or only what is added and taken away.",
        )
    found = list(had) if changes else words
    for change in changes:
        name = change[1:].strip()
        if change[0] == "+":
            found.append(name)
        elif name in found:
            found = [n for n in found if n != name]
        else:
            raise Refused(f"{what} {name} is not there", "Look at the card.")
    made = tuple(dict.fromkeys(found))
    if len(made) > LIST_LIMIT or any(len(n) > _WORD_LIMIT for n in made):
        raise Refused(f"{what}: too many, or too long", f"{LIST_LIMIT} words are enough.")
    return made


def _points(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        points = float(text)
    except ValueError:
        points = 0.0
    if not 0.0 < points <= _MOST_POINTS:
        raise Refused(f"{text.strip()} is no estimate", "A number above 0, like 3 or 0.5.")
    return points


def _day(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise Refused(f"{text.strip()} is no day", "Write it like 2026-11-30.") from None


def _links(wanted: str | None, had: Sequence[Link]) -> tuple[Link, ...]:
    words = _list(wanted, [f"{link.kind.value}:{link.name}" for link in had], "link")
    made = []
    for word in words:
        kind, _, name = word.partition(":")
        if kind not in set(LinkKind) or not name.strip():
            kinds = ", ".join(LinkKind)
            raise Refused(f"{word} is no link", f"Write KIND:NAME; the kinds are {kinds}.")
        made.append(Link(LinkKind(kind), name.strip()))
    return tuple(made)


def _checklist(wanted: str | None, had: Sequence[CheckItem]) -> tuple[CheckItem, ...]:
    if wanted is None:
        return tuple(had)
    items = [part.strip() for part in wanted.replace("\n", ";").split(";") if part.strip()]
    made = [
        CheckItem(i[2:].strip(), is_done=True) if i.startswith("x ") else CheckItem(i)
        for i in items
    ]
    if len(made) > LIST_LIMIT:
        raise Refused("the checklist is too long", f"{LIST_LIMIT} items are enough.")
    return tuple(made)


def _checked(items: tuple[CheckItem, ...], turned: Sequence[str]) -> tuple[CheckItem, ...]:
    for text in turned:
        wanted = _one_line(text, "item")
        if not wanted:
            raise Refused("an item of a checklist needs a text", "Say what is to be done.")
        if any(item.text == wanted for item in items):
            items = tuple(
                replace(i, is_done=not i.is_done) if i.text == wanted else i for i in items
            )
        elif len(items) < LIST_LIMIT:
            items = (*items, CheckItem(wanted))
        else:
            raise Refused("the checklist is too long", f"{LIST_LIMIT} items are enough.")
    return items
