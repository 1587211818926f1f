"""What differs between runs."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples
from devops_tui.domain.change import Changes
from devops_tui.domain.ids import RunId
from devops_tui.presentation import changes as sheet


def define_changes(parser: argparse.ArgumentParser) -> None:
    """Declares `changes`."""
    parser.add_argument("run", metavar="RUN")
    parser.add_argument(
        "--since",
        metavar="WHAT",
        default="last-success",
        help="last-success, production, or a run (default: last-success)",
    )
    examples(parser, "changes shop-12", "changes shop-12 --since production --json")
    parser.set_defaults(act=_changes)


def define_compare(parser: argparse.ArgumentParser) -> None:
    """Declares `compare`."""
    parser.add_argument("before", metavar="RUN1")
    parser.add_argument("now", metavar="RUN2")
    examples(parser, "compare shop-9 shop-12")
    parser.set_defaults(act=_compare)


def _changes(call: Call) -> int:
    words = call.words
    return _tell(call, call.front.what_changed(RunId(words.run), words.since))


def _compare(call: Call) -> int:
    words = call.words
    call.front.run(RunId(words.before))  # not one of the words of --since
    return _tell(call, call.front.what_changed(RunId(words.now), words.before))


def _tell(call: Call, found: Changes) -> int:
    call.out.json(found)
    call.out.lines(row.line for row in sheet.rows(found, call.out.width))
    return Exit.OK
