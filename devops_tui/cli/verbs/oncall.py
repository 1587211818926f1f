"""`oncall`: who is on call, now or at another time."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.errors import NotFound
from devops_tui.domain.hours import local
from devops_tui.domain.oncall import EscalationStep
from devops_tui.domain.schedule import zone_of
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.units import duration


def define_oncall(parser: argparse.ArgumentParser) -> None:
    """Declares `oncall`."""
    parser.add_argument(
        "--at",
        metavar="TIME",
        help='such as "2026-12-24 18:00" in the zone of the rota, or with an offset; default: now',
    )
    examples(parser, "oncall", "oncall --at 2026-12-24", "oncall --json")
    parser.set_defaults(act=_oncall)


def _oncall(call: Call) -> int:
    rota = call.workspace.oncall
    if rota is None:
        raise NotFound("the workspace has no rota", "Write one as `oncall:` in devops.yaml.")
    at = _moment(call.words.at, rota.zone) or call.front.overview().at
    turn = rota.turn(at)
    then = rota.after(turn)
    call.out.json(
        {
            "at": at,
            "who": turn.who,
            "since": turn.since,
            "until": turn.until,
            "is_override": turn.is_override,
            "next": then.who,
            "zone": rota.zone,
            "escalation": [{"after_s": s.after_s, "to": s.to} for s in rota.steps],
        }
    )
    instead = " instead of the week's turn" if turn.is_override else ""
    call.out.lines(
        [
            line((turn.who, "accent"), f" is on call{instead}"),
            line(("since ", "muted"), local(turn.since, rota.zone)),
            line(("until ", "muted"), local(turn.until, rota.zone), (f", then {then.who}", "text")),
            *(_step(step) for step in rota.steps),
        ]
    )
    return Exit.OK


def _step(step: EscalationStep) -> Line:
    who = step.to or "whoever is on call"
    return line(("not acknowledged after ", "muted"), duration(step.after_s), f": {who} is asked")


def _moment(text: str | None, zone: str) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        todo = 'Write it like 2026-12-24 or "2026-12-24 18:00".'
        raise WrongWords(f"oncall: no time {text}", todo) from None
    there = found if found.tzinfo is not None else found.replace(tzinfo=zone_of(zone))
    return there.astimezone(UTC)
