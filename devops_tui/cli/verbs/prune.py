"""Retention: what would go, and the removal of it."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples
from devops_tui.domain.audit import Verb
from devops_tui.domain.codec import decode
from devops_tui.domain.retention import PruneReport
from devops_tui.presentation import pruned

_ANSWER_S = 3600.0


def define_prune(parser: argparse.ArgumentParser) -> None:
    """Declares `prune`."""
    parser.add_argument("--dry-run", action="store_true", help="say what would go, remove nothing")
    parser.add_argument("--why", metavar="TEXT", default="", help="reason, for the audit")
    examples(parser, "prune --dry-run", "prune --why 'the disk is full'")
    parser.set_defaults(act=_prune)


def _prune(call: Call) -> int:
    if call.words.dry_run:
        report = call.front.what_would_go()
    else:
        ended = call.ask(Verb.PRUNE, call.workspace.name, call.words.why, {}, _ANSWER_S)
        report = decode(PruneReport, ended.outcome["report"])
    call.out.json(report)
    call.out.lines(pruned.report(report, is_dry=call.words.dry_run))
    return Exit.FAILED if report.errors else Exit.OK
