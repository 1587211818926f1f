"""Runs: list them, show one."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import count, examples
from devops_tui.cli.run_lines import headline, run_rows
from devops_tui.domain.expectation import of_run
from devops_tui.domain.ids import RunId
from devops_tui.presentation import expectation, sources
from devops_tui.presentation.line import line

_HISTORY = 50  # runs from which comes when one probably ends


def define_runs(parser: argparse.ArgumentParser) -> None:
    """Declares `runs`."""
    parser.add_argument("pipeline", nargs="?", metavar="PIPELINE", help="default: all")
    parser.add_argument("--limit", type=count, default=20, metavar="N", help="default: 20")
    examples(
        parser,
        "runs shop --limit 5",
        "runs --json | jq -r 'select(.run.state == \"failed\") | .run.id'",
    )
    parser.set_defaults(act=_runs)


def define_show(parser: argparse.ArgumentParser) -> None:
    """Declares `show`."""
    parser.add_argument("run", metavar="RUN")
    examples(parser, "show shop-12")
    parser.set_defaults(act=_show)


def _runs(call: Call) -> int:
    pipeline = call.words.pipeline
    views = call.front.runs(pipeline, call.words.limit)
    if not views:
        if pipeline:
            call.workspace.pipeline(pipeline)  # raises NotFound
        call.out.lines([line(("no runs yet", "muted"))])
    for view in views:
        call.out.json(view)
    call.out.lines(headline(view) for view in views)
    overview = call.front.overview()
    defined = overview.workspace.pipelines if overview.workspace is not None else {}
    wanted = {n: p for n, p in defined.items() if pipeline in (None, n)}
    told = sources.rows(overview.sources, wanted, overview.at, call.out.width)
    call.out.lines(row.line for row in told)
    return Exit.OK


def _show(call: Call) -> int:
    view = call.front.run(RunId(call.words.run))
    call.out.json(view)
    call.out.lines(run_rows(view))
    if not call.out.is_json:
        history = call.front.runs(view.run.plan.pipeline, _HISTORY)
        now = call.front.overview().at
        ends = expectation.told(of_run(history, view, now), now)
        call.out.lines(told for told in (sources.place(view.run.plan), ends) if told)
    return Exit.OK
