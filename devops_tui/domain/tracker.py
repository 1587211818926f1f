"""Issues of another tool that are cards here: what is known of them, and what clashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.ids import CardId

FIELDS = (
    "title",
    "text",
    "kind",
    "priority",
    "assignee",
    "labels",
    "estimate",
    "due",
    "column",
)
"""What both sides say of a card, in the words of the board."""

SETS = frozenset({"labels"})
"""Fields of which both sides' changes are joined."""

ORDER = "order"
GONE = "gone"

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the other tool.

    Attributes:
        login: Who that is in the team; empty for nobody.
        is_me: It is the account by which the worker speaks.
    """

    account: str = ""
    name: str = ""
    login: str = ""
    is_me: bool = False

    @property
    def shown(self) -> str:
        """As the board names it where it only shows a name."""
        return self.login or self.name or self.account or "somebody"

    @property
    def actor(self) -> str:
        """Who did it, for rules and events: no login can be written like somebody else's."""
        return self.login or f"jira:{self.name or self.account or 'somebody'}"


@dataclass(frozen=True, slots=True)
class RemoteValue:
    """A field as the other side has it.

    Attributes:
        value: In the words of the board.
        raw: What stands there; two of one raw are the same, whatever the board makes of it.
    """

    value: Value
    raw: str


@dataclass(frozen=True, slots=True)
class RemoteComment:
    """A remark there; its text is Markdown and untrusted.

    Attributes:
        raw: What stands there, to be compared.
        updated: When it was changed last, by the clock over there; None if that is not told.
        editor: Who changed it last.
    """

    id: str
    at: datetime
    author: Person
    text: str
    raw: str = ""
    updated: datetime | None = None
    editor: Person = field(default_factory=Person)

    @property
    def touched_at(self) -> datetime:
        """When it was said or changed last."""
        return self.updated or self.at


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of an issue: only what it is called, never its bytes; the name is untrusted."""

    id: str
    name: str
    size_bytes: int
    url: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RemoteSprint:
    """A sprint there that is planned or runs; its words are untrusted.

    Attributes:
        last_day: As "2026-11-30"; empty where it has none.
    """

    id: str
    name: str
    is_active: bool
    goal: str = ""
    last_day: str = ""


@dataclass(frozen=True, slots=True)
class RemoteChange:
    """One change of one field, as the history there tells it; `value` is its words."""

    id: str
    field: str
    by: Person
    value: str


@dataclass(frozen=True, slots=True)
class RemoteIssue:
    """An issue as it was read.

    Attributes:
        updated: When it changed last, by the clock over there.
        rank: Its place, compared as text; empty where nobody keeps an order.
        changes: Its history, oldest first, as far as it was asked for.
        losses: What of its text the board cannot show, such as tables.
    """

    id: str
    key: str
    updated: datetime
    values: Mapping[str, RemoteValue]
    rank: str = ""
    comments: tuple[RemoteComment, ...] = ()
    creator: Person = field(default_factory=Person)
    changes: tuple[RemoteChange, ...] = ()
    losses: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    def since(self, seen: str) -> tuple[RemoteChange, ...]:
        """Changes after one that was seen; nothing where that one is not told any more."""
        if not seen:
            return self.changes
        places = [n for n, change in enumerate(self.changes) if change.id == seen]
        return self.changes[places[-1] + 1 :] if places else ()

    def author_of(self, name: str) -> Person | None:
        """Who changed a field last, as far as the history was read."""
        found = [c.by for c in self.changes if c.field == name]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class FieldBase:
    """A field as both sides had it last.

    Attributes:
        value: Here.
        raw: There.
        rev: The revision there since which it is so: when the issue was changed.
    """

    value: Value
    raw: str
    rev: str = ""


@dataclass(frozen=True, slots=True)
class RemarkBase:
    """A remark as both sides had it last.

    Attributes:
        said: Of our text, a hash.
        raw: Theirs, to be compared; empty where it may have been changed meanwhile.
        at: When theirs was said or changed, by the clock over there.
        is_ours: The account of the worker wrote it there, with the name of who said it.
    """

    said: str
    raw: str
    at: datetime
    is_ours: bool = False


class ClashKind(StrEnum):
    """Why a person is asked."""

    BOTH = "both"  # changed on both sides
    RULE = "rule"  # changed there, and the board's rules say no
    NOT_TAKEN = "not taken"  # changed here, and the other side says no
    OVERTAKEN = "overtaken"  # changed there in the moment before ours arrived, and lost there
    GONE = "gone"  # there is no such issue any more, or it cannot be seen
    TWICE = "twice"  # two issues say that they are this card


@dataclass(frozen=True, slots=True)
class Clash:
    """A question to a person about one field of one card.

    Attributes:
        field: One of FIELDS, ORDER or GONE.
        why: In one line.
    """

    field: str
    kind: ClashKind
    mine: Value
    theirs: Value
    by: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class IssueCopy:
    """The local copy of an issue, and what both sides agreed on.

    Attributes:
        remote: As it was read last; also what was not taken over yet.
        base: What both sides agreed on, field by field.
        comments: Marks of the card's remarks to ids of those there.
        rank: There, as it was read last; empty where nobody keeps an order.
        card_rank: Here, when both sides agreed on the place.
        synced_rev: Revision of the card up to which nothing waits to be sent.
        is_left: The card was taken from the board: the issue is followed no more.
        forced: Fields that a person wants to be sent whatever is lost over there.
        remarks: What both sides agreed on, by the marks of remarks.
        attachments: The files of the issue, as it was read last.
    """

    card_id: CardId
    issue_id: str
    key: str
    updated: datetime
    base: Mapping[str, FieldBase] = field(default_factory=dict)
    remote: Mapping[str, RemoteValue] = field(default_factory=dict)
    authors: Mapping[str, Person] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    clashes: tuple[Clash, ...] = ()
    rank: str = ""
    card_rank: float = 0.0
    synced_rev: int = 0
    losses: tuple[str, ...] = ()
    is_left: bool = False
    forced: tuple[str, ...] = ()
    remarks: Mapping[str, RemarkBase] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()

    def clash(self, name: str) -> Clash | None:
        """The question about a field, if there is one."""
        return next((c for c in self.clashes if c.field == name), None)


@dataclass(frozen=True, slots=True)
class Tracked:
    """As much of a copy as a list of cards shows.

    Attributes:
        synced_rev: A card of another revision has changes that were not sent yet.
        clashes: Questions that wait for a person.
    """

    card_id: CardId
    key: str
    synced_rev: int
    clashes: int = 0


class EntryKind(StrEnum):
    """What is to be sent."""

    CREATE = "create"
    EDIT = "edit"
    COMMENT = "comment"
    REWORD = "change of a comment"
    UNSAY = "removal of a comment"
    RANK = "rank"


class EntryState(StrEnum):
    """Where it stands."""

    WAITING = "waiting"
    SENT = "sent"  # on its way: it may have arrived, which is looked for before anything else


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One thing that the other side is still to be told.

    Attributes:
        key: The same for the same intent, whoever makes it and however often.
        what: Names of fields, or the mark of a remark.
        made_at: When the worker first saw that it has to be sent.
        tried_at: When it was sent last; None before.
        error: Why it did not arrive.
        values: Of an edit that is on its way: what it says.
        seen: Of such an edit: the last change that was known when it left.
    """

    key: str
    card_id: CardId
    kind: EntryKind
    what: tuple[str, ...]
    made_at: datetime
    state: EntryState = EntryState.WAITING
    tried_at: datetime | None = None
    tries: int = 0
    error: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    seen: str = ""


@dataclass(frozen=True, slots=True)
class SyncState:
    """How far the worker has come with the other side; kept over restarts.

    Attributes:
        polled_at: Clock over there at the last complete look for changes; None before.
        swept_at: The same of the last comparison of all ids.
        ok_at: Our clock at the last round that went well.
        tried_at: Our clock at the last round.
        not_before: The other side asked to be left alone until then.
        error, hint: Of the last round; empty when it went well.
        skew_s: How far their clock is ahead of ours.
        is_adopted: The first complete look was taken: from now on rules hold for changes.
        mirrors: Which place this is about: another one begins anew.
        sprint: The sprint that runs there, for people.
        answered: The last wish for a round that had one.
        is_told_to_wait: `not_before` is the other side's word, which nobody overrides.
        read_as: What is read of an issue has this number; another one reads all of them again.
    """

    polled_at: datetime | None = None
    swept_at: datetime | None = None
    ok_at: datetime | None = None
    tried_at: datetime | None = None
    not_before: datetime | None = None
    error: str = ""
    hint: str = ""
    skew_s: float = 0.0
    is_adopted: bool = False
    mirrors: str = ""
    sprint: str = ""
    answered: str = ""
    is_told_to_wait: bool = False
    read_as: int = 0


@dataclass(frozen=True, slots=True)
class TrackerStatus:
    """What `jira status` shows."""

    where: str
    kind: str
    state: SyncState
    issues: int
    waiting: tuple[OutboxEntry, ...]
    clashes: tuple[IssueCopy, ...]
    unsent: tuple[CardId, ...] = ()
    tested_with: str = "contract"


@dataclass(frozen=True, slots=True)
class TrackedCard:
    """What is known of the issue of one card.

    Attributes:
        copy: None for a card that is no issue yet.
        url: Where a browser shows it.
        unsent: Fields that Jira was not told yet.
        remarks: How many remarks it was not told yet.
    """

    card_id: CardId
    copy: IssueCopy | None = None
    url: str = ""
    unsent: tuple[str, ...] = ()
    remarks: int = 0
    entries: tuple[OutboxEntry, ...] = ()
