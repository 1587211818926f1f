"""Another tool that holds the same work: Jira."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from devops_tui.domain.tracker import RemoteComment, RemoteIssue, RemoteSprint, Value


@dataclass(frozen=True, slots=True)
class Hello:
    """What the other side says of itself at the beginning of a round.

    Attributes:
        now: Its clock.
        account: By which the worker speaks.
        sprint: The one that runs, for people; empty for none.
        has_order: It keeps the order of its issues.
    """

    now: datetime
    account: str
    sprint: str = ""
    has_order: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the issues that were asked for; `following` is empty on the last page."""

    issues: tuple[RemoteIssue, ...]
    following: str = ""


@dataclass(frozen=True, slots=True)
class IdPage:
    """Ids with the time of the last change and the rank, as far as the index knows."""

    ids: tuple[tuple[str, datetime, str], ...]
    following: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is changed there.

    Attributes:
        before: The issue as it was just read; None where it is made.
    """

    values: Mapping[str, Value]
    before: RemoteIssue | None = None


class TrackerSprints(Protocol):
    """The sprints of the board over there; raises and is cancelled as Tracker."""

    async def open_ones(self) -> Sequence[RemoteSprint]:
        """Those that run, and those that are planned, in their order."""
        ...

    async def is_active(self, sprint_id: str) -> bool:
        """Whether it runs; read where it is kept."""
        ...

    async def plan(self, name: str) -> RemoteSprint:
        """Makes one that does not run yet."""
        ...

    async def put_in(self, sprint_id: str, keys: Sequence[str]) -> None:
        """Puts issues into it; those that are in it stay."""
        ...

    async def begin(self, sprint_id: str, goal: str, start: datetime, end: datetime) -> None:
        """From now on it runs."""
        ...

    async def end(self, sprint_id: str) -> None:
        """From now on it does not run any more."""
        ...


class Tracker(Protocol):
    """Each call is one request or a few; any may raise domain.tracker_errors.

    What a search finds may be older than what was written: `issue` and `comments` are not.
    Cancel: a request that has left may still be done.
    """

    def close(self) -> None:
        """Gives the connections back; the next call opens new ones."""
        ...

    async def hello(self) -> Hello:
        """Looks who answers, and reads the configuration of the board."""
        ...

    def sprints(self) -> TrackerSprints | None:
        """The sprints of the board, after `hello`; None where it has none."""
        ...

    async def changed(
        self, within_s: float | None, page: str = "", fresh: Sequence[str] = ()
    ) -> Page:
        """Issues that changed within so many seconds, by the clock over there; None for all.

        `fresh` are ids whose newest state is wanted whatever the index knows, where the
        other side can do that.
        """
        ...

    async def ids(self, page: str = "") -> IdPage:
        """All ids, in pages."""
        ...

    async def issue(self, issue_id: str) -> RemoteIssue:
        """One issue as it is now, with its history and all remarks.

        Raises:
            TrackerNotThere: It is gone, or cannot be seen.
        """
        ...

    async def create(self, values: Mapping[str, Value], key: str) -> str:
        """Makes an issue that bears an idempotency key; its id."""
        ...

    async def key_of(self, issue_id: str) -> str:
        """The idempotency key that an issue bears; empty where it bears none."""
        ...

    async def created(self, key: str, within_s: float) -> Sequence[str]:
        """Ids of issues that bear the key, as far as the index knows."""
        ...

    def says(self, issue: RemoteIssue, name: str, value: Value) -> bool:
        """Whether the issue is as an edit of the field to that value makes it."""
        ...

    async def edit(self, draft: Draft) -> None:
        """Changes fields; "column" last, by a transition."""
        ...

    async def comment(self, issue_id: str, text: str, key: str) -> RemoteComment:
        """Adds a remark that bears an idempotency key."""
        ...

    async def reword(self, issue_id: str, comment_id: str, text: str) -> RemoteComment:
        """Changes the text of a remark; the same again changes nothing.

        Raises:
            TrackerNotThere: It is gone, or cannot be seen.
        """
        ...

    async def unsay(self, issue_id: str, comment_id: str) -> None:
        """Takes a remark away.

        Raises:
            TrackerNotThere: It is gone already, or cannot be seen.
        """
        ...

    async def commented(self, issue_id: str, key: str, but: Sequence[str]) -> RemoteComment | None:
        """The remark that bears the key; those named in `but` are not asked."""
        ...

    async def rank(self, issue_ids: Sequence[str], *, after: str, before: str) -> Sequence[str]:
        """Puts issues, in their order, after one or before one; ids of those that failed."""
        ...
