"""Releases that wait for a person: approve, reject."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Gate
from devops_tui.presentation.line import Role, line


def define_approve(parser: argparse.ArgumentParser) -> None:
    """Declares `approve`."""
    parser.add_argument("run", metavar="RUN")
    parser.add_argument(
        "--why", metavar="TEXT", required=True, help="one line, kept with the approval"
    )
    examples(parser, "approve shop-12 --why 'load test is better than last week'")
    parser.set_defaults(act=_approve)


def define_reject(parser: argparse.ArgumentParser) -> None:
    """Declares `reject`."""
    parser.add_argument("run", metavar="RUN")
    parser.add_argument(
        "--why", metavar="TEXT", required=True, help="one line, kept with the rejection"
    )
    examples(parser, "reject shop-12 --why 'the banner must wait until Monday'")
    parser.set_defaults(act=_reject)


def _approve(call: Call) -> int:
    return _tell(call, call.ready.approve(RunId(call.words.run), call.words.why), "approved", "ok")


def _reject(call: Call) -> int:
    gate = call.ready.reject(RunId(call.words.run), call.words.why)
    return _tell(call, gate, "rejected", "failed")


def _tell(call: Call, gate: Gate, what: str, role: Role) -> int:
    call.out.json(gate)
    call.out.lines([line((what, role), f" {gate.run_id} by {gate.decided_by}: {gate.why}")])
    return Exit.OK
