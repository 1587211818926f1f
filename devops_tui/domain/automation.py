"""What the board does by itself: which event sets off which deed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from devops_tui.domain.board import CardKind, Column, Place


class Trigger(StrEnum):
    """What sets a rule off."""

    STAGE_FAILED = "stage_failed"
    RELEASED = "released"
    ROLLED_BACK = "rolled_back"
    COMMIT = "commit"  # a run was made of commits that name a card
    LIMIT_BREACHED = "limit_breached"
    IDLE = "idle"


class Deed(StrEnum):
    """What a rule does."""

    FILE = "file"
    MOVE = "move"
    LINK = "link"
    COMMENT = "comment"
    LABEL = "label"
    TELL = "tell"  # the scrum masters, on the channels of `notify:`


POSSIBLE: Mapping[Trigger, tuple[Deed, ...]] = {
    Trigger.STAGE_FAILED: (Deed.FILE,),
    Trigger.RELEASED: (Deed.MOVE, Deed.COMMENT, Deed.LABEL),
    Trigger.ROLLED_BACK: (Deed.MOVE, Deed.FILE, Deed.COMMENT, Deed.LABEL),
    Trigger.COMMIT: (Deed.LINK, Deed.MOVE, Deed.LABEL),
    Trigger.LIMIT_BREACHED: (Deed.TELL,),
    Trigger.IDLE: (Deed.TELL, Deed.COMMENT, Deed.LABEL),
}
"""What can follow from what."""


@dataclass(frozen=True, slots=True)
class BoardRule:
    """One rule of the house.

    Attributes:
        kind: Of a card that is filed.
        to: Where a card is moved.
        is_over_limit: Whether a full column lets the card in all the same, which is told.
        text: The label, or the remark; untrusted once it stands on a card.
        where: A query; only cards that it asks for.
        pipelines: Only what happens to these; empty means all.
        idle_s: So long without a move.
        columns: Where a card counts as idle.
    """

    on: Trigger
    do: Deed
    kind: CardKind = CardKind.BUG
    to: Place | None = None
    is_over_limit: bool = False
    text: str = ""
    where: str = ""
    pipelines: tuple[str, ...] = ()
    idle_s: float = 0.0
    columns: tuple[Place, ...] = (Column.PLANNED, Column.IN_WORK)

    def __str__(self) -> str:
        """In one line: "released: move to Done"."""
        more = {Deed.MOVE: f" to {self.to}", Deed.FILE: f" a card: {self.kind}"}.get(self.do, "")
        text = f" {self.text}" if self.text else ""
        idle = f" for {self.idle_s / 86400.0:g} days" if self.idle_s else ""
        where = f" where {self.where}" if self.where else ""
        return f"{self.on}{idle}{where}: {self.do}{more}{text}"

    def is_for(self, pipeline: str) -> bool:
        """Whether what happens to a pipeline sets it off; an unknown one does."""
        return not self.pipelines or not pipeline or pipeline in self.pipelines


STANDARD: tuple[BoardRule, ...] = (
    BoardRule(Trigger.STAGE_FAILED, Deed.FILE, kind=CardKind.BUG),
    BoardRule(Trigger.RELEASED, Deed.MOVE, to=Column.DONE),
    BoardRule(Trigger.ROLLED_BACK, Deed.MOVE, to=Column.IN_WORK, is_over_limit=True),
    BoardRule(Trigger.ROLLED_BACK, Deed.FILE, kind=CardKind.INCIDENT),
    BoardRule(Trigger.COMMIT, Deed.LINK),
    BoardRule(Trigger.LIMIT_BREACHED, Deed.TELL),
)
"""What a workspace does that says nothing of its own."""


@dataclass(frozen=True, slots=True)
class DeedDone:
    """What a rule did, or would do.

    Attributes:
        subject: What set it off: a run, a service, a column, a card.
        card_id: Empty where no card was touched.
        what: "done", "same" (it was so already) or "refused".
        told: In one line; may hold untrusted text.
    """

    at: datetime
    rule: str
    subject: str
    card_id: str
    what: str
    told: str
