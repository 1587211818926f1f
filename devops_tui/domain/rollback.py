"""How a service goes back to what served before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from devops_tui.domain.audit import Verb
from devops_tui.domain.errors import Refused
from devops_tui.domain.event import Json
from devops_tui.domain.traffic import Colour


class Way(StrEnum):
    """What a rollback does."""

    UNDO = "undo"  # the colour before is warm: its flip is undone, at once
    RELEASE = "release"  # the last good file is deployed again, by its digest
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """What a rollback would do now, exactly.

    Attributes:
        live: What serves; a rollback counts for this one only.
        now, then: Versions, or the first characters of digests; empty when unknown.
        digest, pipeline: Of a RELEASE: which file, and whose stages deploy it.
        commands: What is sent or started, one a line.
        why_not_undo: Why the flip is not simply undone; empty for an UNDO.
        why_not: Of NONE: why it cannot go back; `hint` says what it would take.
    """

    service: str
    environment: str
    is_protected: bool
    way: Way
    live: Colour | None = None
    now: str = ""
    then: str = ""
    digest: str = ""
    pipeline: str = ""
    commands: tuple[str, ...] = ()
    why_not_undo: str = ""
    why_not: str = ""
    hint: str = ""

    def wish(self) -> tuple[Verb, str, dict[str, Json]]:
        """Verb, subject and arguments of the wish that carries it out.

        An UNDO counts for the colour that serves now alone: somebody who was faster is
        not undone.

        Raises:
            Refused: There is no way back now.
        """
        if self.way is Way.UNDO:
            live = self.live.value if self.live is not None else None
            return Verb.UNDO, self.service, {"expected_live": live}
        if self.way is Way.RELEASE:
            return Verb.PROMOTE, self.digest, {"to": self.environment, "pipeline": self.pipeline}
        raise Refused(self.why_not, self.hint)
