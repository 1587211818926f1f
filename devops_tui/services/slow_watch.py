"""The slow questions of one host: one at a time, beside its figures, never before them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shlex
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from devops_tui.domain.errors import (
    CommandError,
    CommandTimedOut,
    DevopsError,
    HostError,
    NotFound,
)
from devops_tui.domain.fleet import Host
from devops_tui.domain.survey import DISKS, SYSTEM, Answer, Level, Reading, Survey, figures_of
from devops_tui.domain.survey_disks import DiskTrend
from devops_tui.ports.transport import Completed, Transport
from devops_tui.services.live_frame import LiveFrame
from devops_tui.services.slow_guard import ENDED_BY_US, STILL_HANGS, guarded
from devops_tui.services.slow_pace import SlowPace
from devops_tui.services.slow_question import NOT_THERE, Question
from devops_tui.services.watch import WatchTools

GRACE_S = 4.0  # after the host's own limit: then the link is what is slow
LIMIT_BYTES = 1 << 17
LOOKED_S = 15.0
_RARELY = 10  # times less often: what is not there seldom comes
_KILLS_OF = timedelta(hours=1)

log = logging.getLogger(__name__)


class SlowWatch:
    """Asks a host's slow questions over its link, while the link stands.

    One question is outstanding at most: a host that hangs in one is not asked another
    before it was ended, there or here. A question's first turn, and the one after a
    time-out, look for an earlier one that still hangs.
    """

    def __init__(
        self,
        host: Host,
        questions: Sequence[Question],
        live: LiveFrame,
        tools: WatchTools,
        pace: SlowPace | None = None,
    ) -> None:
        self._host = host
        self._questions = tuple(questions)
        self._live = live
        self._tools = tools
        self._pace = pace or SlowPace(questions)
        self._transport: Transport | None = None
        self._asking: asyncio.Task[None] | None = None
        self._answers: dict[str, Answer] = {}
        self._due_s: dict[str, float] = {}
        self._suspects = {question.kind for question in self._questions}
        self._looked_until_s = 0.0
        self._next_s = 0.0
        self._trend = DiskTrend()
        self._kills: deque[tuple[datetime, float]] = deque()
        self._is_changed = False

    def begin(self, transport: Transport) -> None:
        """The link stands: questions may be asked from soon on, not of all hosts at once."""
        self._transport = transport
        now_s = self._tools.monotonic()
        for question in self._questions:
            if question.spread_s:
                first_s = now_s + self._tools.chance.uniform(0.0, question.spread_s)
                self._due_s.setdefault(question.kind, first_s)
        self._next_s = self._tools.monotonic() + self._tools.chance.uniform(0.2, 2.0)

    async def end(self) -> None:
        """The link is gone; the question that is out is given up."""
        self._transport = None
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    def look(self) -> None:
        """Somebody looks at the host: for a while it is asked what only looking asks for."""
        now_s = self._tools.monotonic()
        self._looked_until_s = now_s + LOOKED_S
        self._next_s = min(self._next_s, now_s)

    def beat(self, now_s: float) -> None:
        """Asks when it is time; costs next to nothing."""
        if self._transport is None or now_s < self._next_s or self._asking is not None:
            return
        question = self._due(now_s)
        if question is None:
            return
        if not question.is_look and not self._pace.may_begin(now_s):
            return
        self._asking = asyncio.create_task(self._turn(self._transport, question))

    def take_changed(self) -> Survey | None:
        """All answers, if one of them changed since the last call."""
        if not self._is_changed:
            return None
        self._is_changed = False
        order = [q.kind for q in self._questions]
        found = tuple(self._answers[kind] for kind in order if kind in self._answers)
        return Survey(self._host.name, found)

    def show_again(self) -> None:
        """Counts the answers as changed: whoever took them could not keep them."""
        self._is_changed = bool(self._answers)

    def _due(self, now_s: float) -> Question | None:
        """What waits longest; when nothing does, `_next_s` tells when something will."""
        is_looked_at = now_s < self._looked_until_s
        asked = [q for q in self._questions if is_looked_at or not q.is_look]
        found = min(asked, key=lambda q: self._due_s.get(q.kind, 0.0), default=None)
        if found is None:
            self._next_s = now_s + LOOKED_S
            return None
        due_s = self._due_s.get(found.kind, 0.0)
        if due_s > now_s:
            self._next_s = due_s
            return None
        return found

    async def _turn(self, transport: Transport, question: Question) -> None:
        try:
            answer, every = await self._ask(transport, question)
        except Exception as error:
            log.exception("%s: the question about %s failed", self._host.name, question.kind)
            answer, every = self._unanswered(question, f"fault in the watch: {error!r}"), _RARELY
        spread = self._tools.chance.uniform(0.9, 1.1)
        stretch = self._pace.stretch if not question.is_look else 1.0
        pause_s = question.every_s * every * stretch * spread
        self._due_s[question.kind] = self._tools.monotonic() + pause_s
        if answer is None:
            self._answers.pop(question.kind, None)
        else:
            self._answers[question.kind] = answer
        self._is_changed = True
        self._live.know_slow(figures_of(self._answers.values()))
        self._asking = None

    async def _ask(self, transport: Transport, question: Question) -> tuple[Answer | None, int]:
        """The answer, and how many times less often than usual to ask again."""
        try:
            given = await self._given(question)
        except (DevopsError, OSError) as error:
            said = error.title if isinstance(error, DevopsError) else "its source cannot be read"
            return self._unanswered(question, f"its secret is missing: {said}"), 1
        script = given + guarded(
            question.script,
            self._token(question.kind),
            question.limit_s,
            looks_first=question.kind in self._suspects,
        )
        self._suspects.add(question.kind)  # until it is known to have ended there
        asked_at = self._tools.clock.now()
        try:
            async with asyncio.timeout(question.limit_s + 2 * GRACE_S):
                done = await transport.run(
                    script, timeout_s=question.limit_s + GRACE_S, limit_bytes=LIMIT_BYTES
                )
        except (CommandTimedOut, TimeoutError):
            return self._unanswered(question, f"no answer within {question.limit_s:.0f} s"), 1
        except (HostError, CommandError, OSError) as error:
            title = error.title if isinstance(error, HostError | CommandError) else str(error)
            return self._unanswered(question, title), 1
        problem = _problem_of(done, question)
        if problem:
            return self._unanswered(question, problem), 1
        self._suspects.discard(question.kind)
        if done.exit_code == NOT_THERE:
            return None, _RARELY
        at = self._tools.clock.now()
        readings = question.read(done.exit_code or 0, done.stdout, asked_at, at)
        return Answer(question.kind, at, self._over_time(question.kind, readings, at)), 1

    async def _given(self, question: Question) -> str:
        """Its secrets as variables: sent on standard input, part of no command line."""
        if question.secrets and self._tools.secrets is None:
            raise NotFound("nothing here looks up secrets")
        lines = []
        for name, reference in question.secrets.items():
            if self._tools.secrets is not None:
                value = await self._tools.secrets.resolve(reference)
                lines.append(f"{name}={shlex.quote(value)}; export {name}\n")
        return "".join(lines)

    def _unanswered(self, question: Question, problem: str) -> Answer:
        """What was known, with the reason why it is old."""
        known = self._answers.get(question.kind)
        if known is None:
            return Answer(question.kind, self._tools.clock.now(), (), problem)
        return replace(known, problem=problem)

    def _over_time(
        self, kind: str, readings: tuple[Reading, ...], at: datetime
    ) -> tuple[Reading, ...]:
        """With what only several answers tell: when a disk is full, how many kills of late."""
        if kind == DISKS:
            return self._trend.take(readings, at)
        if kind == SYSTEM:
            return tuple(
                self._kills_of_late(reading, at) if "total" in reading.figures else reading
                for reading in readings
            )
        return readings

    def _kills_of_late(self, reading: Reading, at: datetime) -> Reading:
        total = reading.figures["total"]
        if self._kills and total < self._kills[-1][1]:
            self._kills.clear()  # the host restarted
        self._kills.append((at, total))
        while at - self._kills[0][0] > _KILLS_OF:
            self._kills.popleft()
        of_late = total - self._kills[0][1]
        words = f"{of_late:.0f} in the last hour, {reading.text}" if of_late else reading.text
        level = Level.WARNING if of_late else Level.OK
        figures = {**reading.figures, "oom_kills": of_late}
        return replace(reading, text=words, level=level, figures=figures)

    def _token(self, kind: str) -> str:
        """The same for whoever asks from this machine, also after a restart."""
        host = self._host
        whole = f"{self._tools.asker} {host.name} {host.address} {host.port} {kind}"
        return hashlib.sha256(whole.encode("utf-8", "backslashreplace")).hexdigest()[:24]


def _problem_of(done: Completed, question: Question) -> str:
    if done.exit_code is None:
        return "the link was lost"
    if done.exit_code == ENDED_BY_US:
        return f"no answer within {question.limit_s:.0f} s"
    if done.exit_code == STILL_HANGS:
        return "an earlier question still hangs on the host"
    return ""
