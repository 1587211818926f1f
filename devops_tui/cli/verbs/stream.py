"""The value stream of a pipeline."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples
from devops_tui.presentation import stream as drawing


def define_stream(parser: argparse.ArgumentParser) -> None:
    """Declares `stream`."""
    parser.add_argument("pipeline", metavar="PIPELINE")
    examples(parser, "stream shop", "stream shop --json | jq .lead_s")
    parser.set_defaults(act=_stream)


def _stream(call: Call) -> int:
    found = call.front.value_stream(call.words.pipeline)
    call.out.json(found)
    call.out.lines(row.line for row in drawing.rows(found, call.out.width))
    return Exit.OK
