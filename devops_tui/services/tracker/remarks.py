"""Remarks of both sides: those that are new, changed or taken away here or there.

Nothing that somebody said is lost: a change counts more than a removal on the other side,
and where both changed one remark, Jira's text stands and ours becomes a remark of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from devops_tui.domain.board import Card, Comment
from devops_tui.domain.event import Json
from devops_tui.domain.tracker import IssueCopy, Person, RemarkBase, RemoteComment, RemoteIssue
from devops_tui.domain.tracker_merge import comment_mark

_GONE = "gone:"
"""Begins the name of a remark that was taken away: an old look may show it once more."""


@dataclass(frozen=True, slots=True)
class ToSend:
    """Marks of remarks that the other side is still to be told of, in their order."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.removed)

    def __len__(self) -> int:
        return len(self.new) + len(self.changed) + len(self.removed)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that happened to a remark there, for the log."""

    kind: str
    actor: str
    text: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Taken:
    """A card and its copy after the remarks of an issue were taken in."""

    comments: tuple[Comment, ...]
    copy: IssueCopy
    said: tuple[Said, ...]


def to_send(card: Card, copy: IssueCopy) -> ToSend:
    """What differs from what both sides agreed on."""
    here = {comment_mark(c): c for c in card.comments}
    known, bases = copy.comments, copy.remarks
    return ToSend(
        tuple(mark for mark in here if mark not in known),
        tuple(m for m, c in here.items() if m in bases and said_of(c.text) != bases[m].said),
        tuple(mark for mark in known if mark in bases and mark not in here),
    )


def said_of(text: str) -> str:
    """A text is compared only: its hash is enough."""
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()[:20]


def sent_text(comment: Comment, *, is_ours: bool) -> str:
    """As it is written there: who said it stands in front where the worker's account writes."""
    return f"**{comment.actor}**: {comment.text}" if is_ours else comment.text


def agreed(text: str, there: RemoteComment) -> RemarkBase:
    """The base of a remark of which both sides say the same."""
    return RemarkBase(said_of(text), there.raw, there.touched_at, there.author.is_me)


def found_again(said: str, there: RemoteComment) -> RemarkBase:
    """The base of one that was sent, and of whose arrival nobody told."""
    is_as_sent = there.touched_at == there.at
    return RemarkBase(said, there.raw if is_as_sent else "", there.at, there.author.is_me)


def forgotten(copy: IssueCopy, mark: str) -> IssueCopy:
    """The copy without a remark; one that still has the mark here is new again."""
    comments, bases = dict(copy.comments), dict(copy.remarks)
    gone = comments.pop(mark)
    bases.pop(mark, None)
    return replace(copy, comments={**comments, f"{_GONE}{gone}": gone}, remarks=bases)


def seems_gone(copy: IssueCopy, issue: RemoteIssue) -> bool:
    """Whether a remark is missing in an issue that is newer than it."""
    shown = {remark.id for remark in issue.comments}
    return any(
        copy.comments[mark] not in shown and issue.updated > base.at
        for mark, base in copy.remarks.items()
        if mark in copy.comments
    )


def is_known(copy: IssueCopy, issue: RemoteIssue) -> bool:
    """Whether every remark of the issue is as it was read before."""
    raws = {copy.comments[m]: b.raw for m, b in copy.remarks.items() if m in copy.comments}
    left = {number for mark, number in copy.comments.items() if mark.startswith(_GONE)}
    return all(r.id in left or raws.get(r.id) == r.raw for r in issue.comments)


def taken(card: Card, copy: IssueCopy, issue: RemoteIssue, *, skips_own: bool) -> Taken:
    """Takes in what was said, changed and taken away over there."""
    walk = _Walk(card, copy, issue)
    for mark in [m for m in copy.comments if m in copy.remarks]:
        walk.follow(mark)
    walk.begin_to_follow()
    walk.add_new(skips_own=skips_own)
    return Taken(tuple(walk.comments), walk.copy, tuple(walk.said))


class _Walk:
    """One look at the remarks of one issue."""

    def __init__(self, card: Card, copy: IssueCopy, issue: RemoteIssue) -> None:
        self.comments = list(card.comments)
        self.copy = copy
        self.issue = issue
        self.said: list[Said] = []
        self._there = {remark.id: remark for remark in issue.comments}

    def follow(self, mark: str) -> None:
        """One that both sides had."""
        base, here = self.copy.remarks[mark], self._here(mark)
        there = self._there.get(self.copy.comments[mark])
        if there is None:
            if self.issue.updated > base.at:
                self._gone_there(mark, base, here)
        elif there.touched_at >= base.at and there.raw != base.raw:
            self._changed_there(mark, base, here, there)

    def begin_to_follow(self) -> None:
        """Those of a copy that was made before changes of remarks were followed."""
        for mark, number in self.copy.comments.items():
            here, there = self._here(mark), self._there.get(number)
            if mark not in self.copy.remarks and here is not None and there is not None:
                self._agree(mark, here.text, there)

    def add_new(self, *, skips_own: bool) -> None:
        """Those that nobody knew, in their order."""
        known = set(self.copy.comments.values())
        fresh = [r for r in self.issue.comments if r.id not in known]
        for remark in sorted(fresh, key=lambda r: (r.at, r.id)):
            if skips_own and remark.author.is_me:
                continue
            comment = Comment(remark.at, remark.author.actor, remark.text)
            mark = comment_mark(comment)
            if mark in self.copy.comments:  # the same words of the same moment, twice
                mark = f"{mark}:{remark.id}"
                comment = replace(comment, mark=mark)
            self.copy = replace(self.copy, comments={**self.copy.comments, mark: remark.id})
            self._agree(mark, comment.text, remark)
            self.comments.append(comment)
            self.said.append(Said("card.commented", comment.actor, comment.text, {}))

    def _gone_there(self, mark: str, base: RemarkBase, here: Comment | None) -> None:
        self.copy = forgotten(self.copy, mark)
        if here is not None and said_of(here.text) == base.said:
            self.comments.remove(here)
            self._tell(Person(), [here.text, None])

    def _changed_there(
        self, mark: str, base: RemarkBase, here: Comment | None, there: RemoteComment
    ) -> None:
        actor = here.actor if here is not None else _said_by(there)
        text = _text_of(there, actor)
        at = there.touched_at
        if there.editor.is_me and at > there.at:
            # our own change, of whose arrival nobody told: nobody else has said anything
            self._agree(mark, text, there)
            return
        if here is None:  # taken away here, and changed there: it comes back
            self.comments.append(Comment(there.at, actor, text, at, mark))
            self._tell(_editor(there), [None, text])
        elif said_of(text) != said_of(here.text):
            place = self.comments.index(here)
            self.comments[place] = replace(here, text=text, edited_at=at, mark=mark)
            if said_of(here.text) != base.said:  # changed on both sides: ours stays, too
                self.comments.append(_another(here, at))
            self._tell(_editor(there), [here.text, text])
        self._agree(mark, text, there)

    def _here(self, mark: str) -> Comment | None:
        return next((c for c in self.comments if comment_mark(c) == mark), None)

    def _agree(self, mark: str, text: str, there: RemoteComment) -> None:
        bases = {**self.copy.remarks, mark: agreed(text, there)}
        self.copy = replace(self.copy, remarks=bases)

    def _tell(self, by: Person, remark: list[Json]) -> None:
        data: dict[str, Json] = {"changed": {"comments": None}, "remark": remark}
        self.said.append(Said("card.edited", by.actor, f"in Jira, {self.issue.key}", data))


def _editor(there: RemoteComment) -> Person:
    return there.editor if there.editor != Person() else there.author


def _another(comment: Comment, at: datetime) -> Comment:
    """A remark of its own, said when it was changed."""
    return Comment(comment.edited_at or at, comment.actor, comment.text)


def _text_of(there: RemoteComment, actor: str) -> str:
    """Without the name in front that the worker has written."""
    return there.text.removeprefix(f"**{actor}**: ") if there.author.is_me else there.text


def _said_by(there: RemoteComment) -> str:
    """Whom the worker has named in front; its own account where somebody took that away."""
    if not there.author.is_me:
        return there.author.actor
    name, colon, _ = there.text.removeprefix("**").partition("**: ")
    is_named = there.text.startswith("**") and bool(colon) and "\n" not in name
    return name if is_named else there.author.actor
