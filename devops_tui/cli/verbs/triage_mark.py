"""Says which line is the cause, and prints the rules that follow from it."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import count
from devops_tui.domain.errors import NotFound
from devops_tui.domain.event import Event
from devops_tui.presentation.line import line

_MARKED = "cause.marked"
_NEWEST = 1000


def define_mark_words(parser: argparse.ArgumentParser) -> None:
    """Declares the words of `triage` that are about marked causes."""
    parser.add_argument(
        "--mark", type=count, metavar="N", help="the N-th cause of that run is the cause"
    )
    parser.add_argument("--why", default="", metavar="TEXT", help="with --mark: your words")
    parser.add_argument(
        "--proposed", action="store_true", help="print a rule for each marked cause, as YAML"
    )


def mark_cause(call: Call) -> int:
    """Marks a cause of the newest problem of a run; prints the rule that would find it."""
    wanted = call.words.run
    if not wanted:
        raise WrongWords("triage: --mark goes with a run", "Name the run, or a problem.")
    incidents = call.front.overview().incidents
    found = next((i for i in incidents if wanted in (i.run_id, i.id)), None)
    if found is None:
        raise NotFound(f"no problem of {wanted}", "`devops-tui triage` lists the open ones.")
    rule = call.front.mark_cause(found.id, call.words.mark, call.words.why)
    call.out.json({"incident": found.id, "cause": call.words.mark, "rule": rule})
    call.out.lines([line(("marked; a rule for it, to put into a file of triage: rules:", "muted"))])
    call.out.lines(line(row) for row in rule.splitlines())
    return Exit.OK


def proposed_rules(call: Call) -> int:
    """Prints the rules of everything that was marked, the newest last."""
    events = call.front.events(limit=_NEWEST)
    marked = [event for event in events if event.kind == _MARKED]
    for event in marked:
        call.out.json(event)
    if marked:
        call.out.lines([line("rules:")])
    for event in marked:
        call.out.lines([line((f"  # {_place(event)}", "muted"))])
        call.out.lines(line(row) for row in str(event.data.get("rule", "")).splitlines()[1:])
    if not marked:
        call.out.lines([line(("no cause was marked yet", "muted"))])
    return Exit.OK


def _place(event: Event) -> str:
    run, at = event.data.get("run", ""), event.data.get("line", "")
    return f"{event.subject}, line {at} of {run}, marked by {event.actor}"
