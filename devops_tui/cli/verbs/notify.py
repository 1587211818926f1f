"""A notice from outside, as from a git hook: look now."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples, seconds
from devops_tui.cli.run_lines import headline
from devops_tui.cli.verbs.start import follow
from devops_tui.domain.audit import Verb
from devops_tui.domain.ids import RunId
from devops_tui.presentation.line import line

_ANSWER_S = 300.0  # the first look at a large repository fetches all of it


def define_notify(parser: argparse.ArgumentParser) -> None:
    """Declares `notify`."""
    parser.add_argument("pipeline", metavar="PIPELINE")
    parser.add_argument(
        "--wait", action="store_true", help="until what it started ended or asks a person"
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=3600.0,
        metavar="SECONDS",
        help="of --wait; the runs themselves go on (default: 3600)",
    )
    examples(parser, "notify shop", "notify shop --wait --timeout 600")
    parser.set_defaults(act=_notify)


def _notify(call: Call) -> int:
    pipeline = call.workspace.pipeline(call.words.pipeline)
    ended = call.ask(Verb.NOTIFY, pipeline.name, "", {}, _ANSWER_S)
    run_ids = [RunId(str(run_id)) for run_id in ended.outcome.get("run_ids", ())]
    if not run_ids:
        call.out.json({"pipeline": pipeline.name, "run_ids": []})
        call.out.lines([line(("nothing new", "muted"))])
        return Exit.OK
    if call.words.wait:
        return max((follow(call, run_id) for run_id in run_ids), default=Exit.OK)
    for run_id in run_ids:
        view = call.front.run(run_id)
        call.out.json(view)
        call.out.lines([headline(view)])
    return Exit.OK
