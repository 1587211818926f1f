"""A release goes on whatever happens to the screen, the terminal or the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter

import pytest
from support.story import Story

from devops_tui import __version__
from devops_tui.domain.board import Column
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import CardId, JobId
from devops_tui.domain.pipeline import State

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

UNIT = JobId("test/unit")


def test_kill_9_of_the_screen_in_mid_release(story: Story) -> None:
    screen = story.screen()
    screen.wait_for("Pipelines", "Fleet", "web-4", "approval", patience_s=90)
    run = story.at_the_gate()
    story.front.approve(run, "fixes SHOP-7")
    story.until("the flip", lambda: any(f.run_id == run for f in story.front.overview().flips))
    os.kill(screen.process.pid, signal.SIGKILL)
    screen.close()
    story.reaches(run, State.OK)
    assert story.front.card(CardId("SHOP-7")).column is Column.DONE
    again = story.screen()
    again.wait_for("shop", "● ok", "green 100 %")
    assert again.end(signal.SIGTERM) == 128 + signal.SIGTERM
    again.close()


def test_a_lost_link_to_the_terminal_ends_the_screen_alone(story: Story) -> None:
    screen = story.screen(80, 24)
    screen.wait_for("Pipelines")
    run = story.at_the_gate()
    story.front.approve(run, "fixes SHOP-7")
    screen.hang_up()
    try:
        assert screen.process.wait(30) == 128 + signal.SIGHUP
    finally:
        screen.close()
    story.reaches(run, State.OK)


def test_kill_9_of_the_worker_in_mid_test(story: Story) -> None:
    story.until("a run", lambda: story.newest("shop"))
    view = story.newest("shop")
    assert view is not None
    run = view.run.id
    story.until("unit runs", lambda: story.front.run(run).jobs[UNIT].state is State.RUNNING)
    worker = story.front.overview().worker
    assert worker is not None
    os.kill(worker.pid, signal.SIGKILL)
    assert story.at_the_gate() == run
    successor = story.front.overview().worker
    assert successor is not None
    assert successor.pid != worker.pid
    assert successor.fence > worker.fence
    log = b"".join(c.data for c in story.front.log(run, UNIT)).decode()
    assert log.count("Ran 13 tests") == 1
    finished = Counter(
        str(e.data["job"])
        for e in story.front.events(subject=run, limit=10_000)
        if e.kind == "job.finished"
    )
    assert set(finished.values()) == {1}


def test_a_newer_version_takes_over_and_the_run_goes_on(story: Story) -> None:
    paths = story.folder / "devops.yaml"
    older = (
        "import devops_tui; devops_tui.__version__ = '0.0.1'\n"
        "from devops_tui.worker.main import work\n"
        f"raise SystemExit(work(['worker', '--workspace', {str(paths)!r}]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", older], stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        story.wait_without_touching(
            "the older worker",
            lambda: (w := story.front.overview().worker) is not None and w.version == "0.0.1",
        )
        story.wait_without_touching("a run", lambda: story.newest("shop"))
        run = story.at_the_gate()
        assert process.wait(30) == 0
        worker = story.front.overview().worker
        assert worker is not None
        assert worker.version == __version__
        kinds = [e.kind for e in story.front.events(limit=10_000)]
        assert "worker.handed_over" in kinds
        story.front.approve(run, "fixes SHOP-7")
        story.reaches(run, State.OK)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def test_two_screens_one_decision(story: Story) -> None:
    run = story.at_the_gate()
    story.front.approve(run, "first")
    with pytest.raises(Refused):
        story.front.reject(run, "second")
