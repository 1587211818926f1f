"""Test reports: of a run, the flaky ones of a pipeline, one test over runs."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import count, examples
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import JobRun
from devops_tui.presentation import cases
from devops_tui.presentation.line import line


def define_tests(parser: argparse.ArgumentParser) -> None:
    """Declares `tests`."""
    parser.add_argument("run", nargs="?", metavar="RUN")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--slowest", action="store_true", help="the slowest tests of the run")
    which.add_argument("--flaky", metavar="PIPELINE", help="the flaky tests over its runs")
    which.add_argument("--history", metavar="TEST", help="one test over the runs of --in")
    parser.add_argument("--in", dest="pipeline", metavar="PIPELINE", default="")
    parser.add_argument(
        "--limit", type=count, default=100, metavar="N", help="runs to look at (default: 100)"
    )
    examples(
        parser,
        "tests shop-12",
        "tests shop-12 --slowest",
        "tests --flaky shop",
        "tests --history test_voucher --in shop",
    )
    parser.set_defaults(act=_tests)


def _tests(call: Call) -> int:
    words = call.words
    if words.flaky:
        return _flaky(call)
    if words.history:
        return _history(call)
    if not words.run:
        raise WrongWords("tests: which run?", "Name a run, or --flaky PIPELINE.")
    view = call.front.run(RunId(words.run))
    jobs = [view.jobs[i] for i in view.run.plan.job_ids if i in view.jobs]
    jobs = [job for job in jobs if job.report is not None and job.report.cases is not None]
    for job in jobs:
        report = job.report.cases if job.report is not None else None
        call.out.json({"run": job.run_id, "job": job.job_id, "cases": report})
        call.out.lines(cases.of_job(job, slowest=words.slowest))
    if not jobs:
        call.out.lines([line((f"{words.run} has no test report", "muted"))])
    return Exit.FAILED if any(_has_failed(job) for job in jobs) else Exit.OK


def _has_failed(job: JobRun) -> bool:
    report = job.report.cases if job.report is not None else None
    return report is not None and report.failed > 0


def _flaky(call: Call) -> int:
    call.workspace.pipeline(call.words.flaky)  # raises NotFound
    history = call.front.job_history(call.words.flaky, call.words.limit)
    found = cases.flaky_of(history)
    for test in found:
        call.out.json(test)
    call.out.lines(cases.flaky(found, len(history)))
    return Exit.OK


def _history(call: Call) -> int:
    words = call.words
    pipeline = words.pipeline or (words.run or "").rpartition("-")[0]
    if not pipeline:
        raise WrongWords("tests: --history of which pipeline?", "Add --in PIPELINE.")
    past = call.front.case_past(pipeline, words.history, words.limit)
    call.out.json(past)
    call.out.lines(cases.past(past))
    return Exit.OK
