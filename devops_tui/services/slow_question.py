"""What one slow question is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from devops_tui.domain.survey import Reading

NOT_THERE = 69
"""Exit code of a question that makes no sense on this host: no systemd, no containers."""


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of question.

    Attributes:
        script: POSIX sh; its output is what `read` gets, with the exit code and the
            moments at which it was asked and answered.
        limit_s: When it is ended on the host.
        secrets: Variable to reference: looked up for each asking, sent on standard input,
            in the environment of the script alone.
        spread_s: It is first asked after up to so much, as chance has it: what is dear for a
            host is not asked of all hosts of one machine together.
        is_look: Asked only while somebody looks at the host.
    """

    kind: str
    every_s: float
    script: str
    read: Callable[[int, bytes, datetime, datetime], tuple[Reading, ...]]
    limit_s: float = 8.0
    secrets: Mapping[str, str] = field(default_factory=dict)
    is_look: bool = False
    spread_s: float = 0.0
