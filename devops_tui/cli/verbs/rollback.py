"""`rollback`: undo the flip while its colour is warm, else the last good file by its digest."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.confirming import confirm
from devops_tui.cli.diagnostics import Exit, write
from devops_tui.cli.parser import examples
from devops_tui.cli.verbs.traffic import tell_flip
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import FlipId, RunId
from devops_tui.domain.rollback import Way
from devops_tui.presentation.line import line
from devops_tui.presentation.rollback import preview

_ANSWER_S = 180.0


def define_rollback(parser: argparse.ArgumentParser) -> None:
    """Declares `rollback`."""
    parser.description = (
        "Bring back what served before: the flip is undone while the old colour is\n"
        "warm, else the last good file is released again. Shows it and asks first."
    )
    parser.add_argument("service", metavar="SERVICE")
    parser.add_argument("--why", metavar="TEXT", default="", help="needed where it is protected")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--confirm", metavar="SERVICE", help="its name, where it is protected, not asked for"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be done")
    examples(
        parser,
        "rollback shop --why 'errors at the checkout'",
        "rollback shop --dry-run",
        "rollback shop --confirm shop --why 'errors at the checkout'",
    )
    parser.set_defaults(act=_rollback)


def _rollback(call: Call) -> int:
    words = call.words
    service = call.workspace.service(words.service).name
    plan = call.front.rollback_plan(service)
    if words.dry_run:
        call.out.json(plan)
        call.out.lines(preview(plan))
        return Exit.OK if plan.way is not Way.NONE else Exit.REFUSED
    verb, subject, args = plan.wish()
    if plan.is_protected and not words.why.strip():
        raise Refused(f"{plan.environment} is protected: a reason is needed", "Say it by --why.")
    for said in preview(plan):
        write("".join(span.text for span in said))
    confirm(call, plan.service if plan.is_protected else "")
    ended = call.ask(verb, subject, words.why or "rollback", args, _ANSWER_S)
    if plan.way is Way.UNDO:
        return tell_flip(call, FlipId(str(ended.outcome["flip_id"])))
    run_id = RunId(str(ended.outcome["run_id"]))
    call.out.json(call.front.run(run_id).run)
    told = line(("begun: ", "ok"), (run_id, "accent"), f" brings {plan.then} to {service}")
    call.out.lines([told])
    return Exit.OK
