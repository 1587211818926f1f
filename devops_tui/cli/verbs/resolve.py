"""A lost job: say how it ended."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples
from devops_tui.cli.run_lines import run_rows
from devops_tui.domain.audit import Verb
from devops_tui.domain.ids import RunId

_ANSWER_S = 60.0


def define_resolve(parser: argparse.ArgumentParser) -> None:
    """Declares `resolve`."""
    parser.add_argument("run", metavar="RUN")
    parser.add_argument("job", metavar="STAGE/JOB")
    parser.add_argument(
        "--as",
        dest="verdict",
        choices=("ok", "failed"),
        metavar="ok|failed",
        required=True,
        help="what it did, after a look at the host",
    )
    parser.add_argument(
        "--why", metavar="TEXT", required=True, help="what you saw, kept with the run"
    )
    examples(
        parser,
        "resolve shop-12 test/db --as ok --why 'the table is there'",
        "resolve shop-12 test/db --as failed --why 'nothing was written'",
    )
    parser.set_defaults(act=_resolve)


def _resolve(call: Call) -> int:
    words = call.words
    run_id = RunId(words.run)
    call.front.run(run_id)  # raises NotFound
    args = {"job": words.job, "as": words.verdict}
    call.ask(Verb.RESOLVE, run_id, words.why, dict(args), _ANSWER_S)
    view = call.front.run(run_id)
    call.out.json(view)
    call.out.lines(run_rows(view))
    return Exit.OK
