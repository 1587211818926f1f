"""The switch of a service: the lines that a balancer needs, whether they are there, its drift."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import common_words, examples
from devops_tui.cli.verbs.traffic import tell_flip
from devops_tui.domain.audit import Verb
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import FlipId
from devops_tui.domain.switch_lines import switch_lines
from devops_tui.presentation.line import line, span

_ANSWER_S = 60.0
_REPAIR_S = 180.0


def define_switch(parser: argparse.ArgumentParser) -> None:
    """Declares `switch init`, `switch check` and `switch repair`."""
    kinds = parser.add_subparsers(metavar="WHAT", required=True, dest="what")
    init = kinds.add_parser(
        "init", description="Print the lines that the balancers' configuration needs."
    )
    check = kinds.add_parser(
        "check", description="Look on the balancers whether a flip could work; changes nothing."
    )
    repair = kinds.add_parser(
        "repair",
        description=(
            "Bring every balancer back to the colour that should serve: where they\n"
            "disagree, were changed by somebody else, or hold a file that was not loaded."
        ),
    )
    repair.add_argument("--why", metavar="TEXT", default="drift", help="one line, kept with it")
    for sub, act in ((init, _init), (check, _check), (repair, _repair)):
        common_words(sub, has_workspace=True, is_inner=True)
        sub.add_argument("service", metavar="SERVICE")
        sub.set_defaults(act=act)
    examples(parser, "switch init shop", "switch check shop", "switch repair shop")


def _init(call: Call) -> int:
    service = call.workspace.service(call.words.service)
    switch = service.switch
    if switch is None:
        raise Refused(f"{service.name} has no switch", "Give it a `switch:` in devops.yaml.")
    lines = switch_lines(service)
    hosts = ", ".join(switch.hosts)
    tested = switch.abilities.tested_with
    call.out.json(
        {"service": service.name, "kind": switch.kind, "lines": lines, "tested_with": tested}
    )
    told = f"# {switch.kind} on {hosts}, for {service.name}; tested_with: {tested}"
    call.out.lines([line((told, "muted"))])
    call.out.lines(line(text) for text in lines)
    return Exit.OK


def _repair(call: Call) -> int:
    service = call.workspace.service(call.words.service)
    settle_s = service.switch.abilities.settle_s if service.switch is not None else 0.0
    patience_s = _REPAIR_S + 2 * settle_s
    ended = call.ask(Verb.REPAIR, service.name, call.words.why, {}, patience_s)
    return tell_flip(call, FlipId(str(ended.outcome["flip_id"])))


def _check(call: Call) -> int:
    service = call.workspace.service(call.words.service)
    ended = call.ask(Verb.CHECK_SWITCH, service.name, "", {}, _ANSWER_S)
    findings = ended.outcome["findings"]
    for found in findings:
        call.out.json(found)
        mark = span("● ", "ok") if found["is_good"] else span("✕ ", "failed")
        todo = f"; {found['todo']}" if found["todo"] else ""
        call.out.lines([line(mark, (str(found["host"]), "accent"), f"  {found['what']}{todo}")])
    return Exit.OK if all(found["is_good"] for found in findings) else Exit.FAILED
