"""Keeps alerts quiet from the screen: how long, why; what is quiet already is ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from devops_tui.domain.silence import Silence
from devops_tui.ports.front import Front
from devops_tui.presentation.line import line
from devops_tui.presentation.silences import told
from devops_tui.presentation.units import plural
from devops_tui.tui.choosing import Choice
from devops_tui.tui.dialogs import Dialog, Question
from devops_tui.tui.notices import tell

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp

SPANS = {
    "1 hour": timedelta(hours=1),
    "4 hours": timedelta(hours=4),
    "12 hours": timedelta(hours=12),
    "1 day": timedelta(days=1),
    "1 week": timedelta(days=7),
}
_END = "end it now"


async def silence(house: DevopsApp, subject: str) -> None:
    """Asks for how long and why; `subject` names things, a line each."""
    names = tuple(dict.fromkeys(subject.split("\n")))
    overview = house.overview
    if overview is None or not names:
        return
    written = [s for s in overview.silences if s.what in names and s.until > overview.at]
    what = names[0] if len(names) == 1 else plural(len(names), "host")
    ways = (*([_END] if written else []), *SPANS)
    chosen = await house.push_screen_wait(Choice(line("Silence ", (what, "accent")), ways))
    if chosen is None:
        return
    question = Question(
        line("End the silence of " if chosen == _END else "Silence ", (what, "accent")),
        [
            *(line(name) for name in names[:12]),
            *([line((f"and {len(names) - 12} more", "muted"))] if len(names) > 12 else []),
            *(line(("now: ", "muted"), told(s, overview.at)) for s in written),
        ],
        verb=_END if chosen == _END else f"silence for {chosen}",
        asks_reason=True,
        needs_reason=True,
        is_careful=False,
    )
    answer = await house.push_screen_wait(Dialog(question))
    if answer is None:
        return

    def act(front: Front) -> list[Silence]:
        if chosen == _END:
            ended = {s.what for s in written}
            return [s for name in sorted(ended) for s in front.end_silence(name, answer.why)]
        until = front.overview().at + SPANS[chosen]
        return [front.silence(name, until, answer.why) for name in names]

    made = await house.bridge.ask(act)
    said = "opens incidents again" if chosen == _END else f"is quiet {told(made[0], overview.at)}"
    tell(house, line((what, "accent"), f" {said}"))
