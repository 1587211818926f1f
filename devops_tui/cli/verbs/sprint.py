"""Sprints: begun and ended by the scrum master, seen by everybody."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import common_words, examples
from devops_tui.domain.sprint import Burndown
from devops_tui.presentation.sprint import burndown_lines, sprint_line


def define_sprint(parser: argparse.ArgumentParser) -> None:
    """Declares `sprint` and its three verbs."""
    verbs = parser.add_subparsers(metavar="start|end|show", dest="sprint_verb", required=True)
    start = verbs.add_parser("start", help="begin a sprint")
    end = verbs.add_parser("end", help="end the sprint that runs")
    show = verbs.add_parser("show", help="show how much is left of it, day by day")
    for inner in (start, end, show):
        common_words(inner, has_workspace=True, is_inner=True)
    start.description = "Begin a sprint with what is in Planned and InWork."
    start.add_argument("goal", metavar="GOAL")
    start.add_argument("--until", metavar="DAY", required=True, help="its last day: 2026-11-30")
    start.set_defaults(act=_start)
    end.description = "End the sprint that runs; its cards stay where they are."
    end.set_defaults(act=_end)
    show.description = "Show how much is left of the sprint that runs."
    show.set_defaults(act=_show)
    examples(parser, "sprint start 'Vouchers for everybody' --until 2026-12-04", "sprint show")


def _start(call: Call) -> int:
    sprint = call.ready.start_sprint(call.words.goal, call.words.until)
    call.out.json(sprint)
    overview = call.ready.overview()
    call.out.lines([sprint_line(sprint, overview.cards, overview.at, call.out.width)])
    return Exit.OK


def _end(call: Call) -> int:
    return _tell(call, call.ready.end_sprint())


def _show(call: Call) -> int:
    return _tell(call, call.ready.burndown())


def _tell(call: Call, found: Burndown) -> int:
    call.out.json(found)
    call.out.lines(burndown_lines(found, call.front.overview().at, call.out.width))
    return Exit.OK
