"""Batches of hosts and retries with pauses, as devops.yaml says them."""

from __future__ import annotations

from collections.abc import Callable

from devops_tui.domain.backoff import Backoff
from devops_tui.domain.batches import HostCount
from devops_tui.domain.pipeline import Job
from devops_tui.domain.work import RunCommand
from devops_tui.domain.workspace import Workspace

Loaded = Callable[[str], Workspace]
Mistakes = Callable[[str], list[str]]
HEAD = """\
name: shop
hosts:
  web-1: {local: true, groups: [web]}
  web-2: {local: true, groups: [web]}
pipelines:
  shop:
    stages:
"""


def job_of(loaded: Loaded, job: str) -> Job:
    workspace = loaded(f"{HEAD}      - test: {{{job}}}\n")
    return workspace.pipelines["shop"].stages[0].jobs[0]


def test_batches_and_how_many_may_fail(loaded: Loaded) -> None:
    job = job_of(loaded, 'run: "true", hosts: web, batches: [1, 25%, 100%], max_failed: 10%')
    assert isinstance(job.work, RunCommand)
    assert job.work.batches == (HostCount(1), HostCount(ratio=0.25), HostCount(ratio=1.0))
    assert job.work.max_failed == HostCount(ratio=0.1)
    job = job_of(loaded, 'run: "true", hosts: web')
    assert isinstance(job.work, RunCommand)
    assert (job.work.batches, job.work.max_failed) == ((), HostCount())


def test_retries_short_and_long(loaded: Loaded) -> None:
    short = job_of(loaded, 'run: "true", retries: 2')
    assert (short.retries, short.backoff) == (2, None)
    retries = "{times: 3, wait: 10s, factor: 2, max_wait: 5m, on: [75, 255]}"
    long = job_of(loaded, f'run: "true", retries: {retries}')
    assert (long.retries, long.backoff) == (3, Backoff(10.0, 2.0, 300.0, (75, 255)))
    plain = job_of(loaded, 'run: "true"')
    assert (plain.retries, plain.backoff) == (0, None)


def test_mistakes_in_them_are_said(mistakes: Mistakes) -> None:
    text = f"""{HEAD}      - test:
          a: {{run: "true", hosts: web, batches: [0, x%, 120%], max_failed: 101%}}
          b: {{run: "true", retries: {{wait: 10s, factor: 0.5, on: [0]}}}}
          c: {{run: "true", retries: 11}}
          d: {{run: "true", max_failed: 1}}
"""
    what = [found.partition(": ")[2] for found in mistakes(text)]
    count = "write one like 2, or a share like 25%"
    assert what == [
        f"bad number of hosts `0`; {count}",
        f"bad number of hosts `x%`; {count}",
        f"bad number of hosts `120%`; {count}",
        f"bad number of hosts `101%`; {count}",
        "missing key `times`; add it, like `times: 3`",
        "`factor` is out of range; it must be at least 1",
        "`on` is out of range; it must be at least 1",
        "`times` is out of range; it must be at most 10",
        "`max_failed` without hosts; say where: `hosts: [web]`",
    ]
