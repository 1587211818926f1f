"""The verbs with a real worker on a real git repository."""

from __future__ import annotations

import os
import signal

import pytest
from support.shell import Shell
from support.waits import until

from devops_tui.bootstrap.paths import paths_of
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import State
from devops_tui.stores.sqlite.store import SqliteStore


def state_of(shell: Shell, run: str) -> State:
    """Where a run stands, read past the verbs."""
    store = SqliteStore.open(paths_of(shell.folder / "devops.yaml", shell.environ).store)
    try:
        return store.run(RunId(run)).state
    finally:
        store.close()


def started(shell: Shell, pipeline: str) -> str:
    """A new run that runs."""
    done = shell.run("run", pipeline, "--json")
    assert done.code == 0, done.err
    run = str(done.objects[-1]["run"]["id"])
    until(lambda: state_of(shell, run) is not State.WAITING)
    return run


def test_a_run_that_ends_well(house: Shell) -> None:
    done = house.run("run", "good", "--wait", "--why", "to see it")
    assert done.code == 0, done.err
    headline, *rows = done.out.splitlines()
    assert headline.startswith("● ok        good-")
    assert headline.split()[4:7] == ["The", "first", "one"]
    assert [row.split()[:2] for row in rows] == [
        ["●", "code"], ["●", "code"], ["●", "test"], ["●", "unit"], ["●", "lint"],
    ]  # fmt: skip
    assert all(row.startswith("waiting for ") for row in done.err.splitlines())


def test_a_run_that_fails_is_triaged_and_repeated(house: Shell) -> None:
    done = house.run("run", "bad", "--wait", "--json")
    assert done.code == 1, done.err
    run = done.objects[-1]["run"]
    assert run["state"] == "failed"
    seen = until(lambda: house.run("triage", run["id"], "--json").objects)
    assert seen[0]["causes"][0]["text"] == "Error: no voucher"
    assert seen[0]["card_id"] in house.run("board").out

    again = house.run("rerun", run["id"], "--failed", "--wait", "--json")
    assert again.code == 1
    jobs = again.objects[-1]["jobs"]
    assert jobs["code/code"]["is_reused"] is True
    assert jobs["test/test"]["is_reused"] is False

    third = house.run("rerun", run["id"], "--from", "test", "--wait", "--json")
    assert third.code == 1
    assert third.objects[-1]["jobs"]["code/code"]["is_reused"] is True
    assert house.run("rerun", run["id"], "--from", "nowhere").code == 4


def test_a_log_is_followed_to_its_end(house: Shell) -> None:
    run = house.run("run", "good", "--json").objects[-1]["run"]["id"]
    followed = house.run("log", f"{run}/test/unit", "--follow")
    assert (followed.code, followed.out) == (0, "test/unit │ one\ntest/unit │ red\n")
    assert state_of(house, run) is State.OK
    raw = house.run("log", f"{run}/test/unit", "--raw", "-f").out
    assert raw == "one\n\x1b[31mred\x1b[0m\x1b]0;title\x07\n"
    rows = house.run("log", run, "--json").objects
    assert {"job": "test/lint", "host": "local", "line": "lint"} in rows


def test_ctrl_c_ends_the_looking_not_the_run(house: Shell) -> None:
    run = started(house, "slow")
    follower = house.start("log", run, "--follow")
    assert follower.stdout is not None
    assert follower.stdout.readline().decode() == "code/code │ begun\n"
    follower.send_signal(signal.SIGINT)
    _, said = follower.communicate(timeout=60)
    assert follower.returncode == 130
    assert said.decode() == "devops-tui: interrupted; what was started goes on\n"
    assert state_of(house, run) is State.RUNNING

    late = house.run("rerun", run)
    assert (late.code, late.err.splitlines()[0]) == (
        4,
        f"devops-tui: {run} has not ended: cancel it first",
    )

    done = house.run("cancel", run, "--why", "seen enough")
    assert done.code == 0, done.err
    until(lambda: state_of(house, run) is State.CANCELLED)
    again = house.run("cancel", run)
    assert again.code == 4
    assert "has ended already" in again.err


def test_a_wait_that_takes_too_long(house: Shell) -> None:
    done = house.run("run", "slow", "--wait", "--timeout", "0", "--json")
    assert done.code == 6
    view, error = done.objects
    run = view["run"]["id"]
    assert error == {
        "error": f"{run} has not ended after 0 s",
        "hint": f"It goes on: `devops-tui log {run} --follow`.",
        "code": 6,
    }
    assert house.run("cancel", run).code == 0


def test_a_release_asks_and_is_rejected(house: Shell) -> None:
    asked = house.run("run", "asks", "--wait", "--json")
    assert asked.code == 0, asked.err
    run = asked.objects[-1]["run"]
    assert run["state"] == "asking"
    assert asked.err.splitlines()[-1] == (
        f"{run['id']} waits for a person: `devops-tui approve {run['id']} --why TEXT`, or `reject`"
    )
    stranger = house.run("approve", run["id"], "--why", "x", DEVOPS_TUI_ACTOR="nobody-known")
    assert stranger.code == 4
    assert "nobody-known is not in the team" in stranger.err
    done = house.run("reject", run["id"], "--why", "not on a Friday")
    assert done.code == 0, done.err
    assert done.out == f"rejected {run['id']} by jun: not on a Friday\n"
    until(lambda: state_of(house, run["id"]) is State.FAILED)


def test_a_release_asks_and_is_approved(house: Shell) -> None:
    run = house.run("run", "asks", "--wait", "--json").objects[-1]["run"]["id"]
    done = house.run("approve", run, "--why", "looks good", "--json")
    assert done.code == 0, done.err
    (gate,) = done.objects
    assert (gate["state"], gate["decided_by"], gate["why"]) == ("ok", "jun", "looks good")
    again = house.run("reject", run, "--why", "too late")
    assert again.code == 4
    # no front door answers there, so the flip that was approved cannot be made
    until(lambda: state_of(house, run) is State.FAILED)


def test_a_flip_of_which_nobody_knows_what_serves(house: Shell) -> None:
    done = house.run("flip", "shop", "--why", "try")
    assert done.code == 4
    assert "devops-tui: nobody flips" in done.err
    assert "Nothing was changed" in done.err


def test_the_first_figures_are_waited_for(house: Shell) -> None:
    done = house.run("host", "local", "--json")
    assert done.code == 0
    frame, *surveys = done.objects
    assert frame["link"] == "live"
    assert frame["sample"]["cores"] == os.cpu_count()
    assert all(survey["host"] == "local" and survey["answers"] for survey in surveys)


def test_the_worker_is_stopped_and_started_again(house: Shell) -> None:
    assert house.run("runs").code == 0
    house.run("board")  # starts one where none is
    stopped = house.run("worker", "--stop", "--json")
    assert stopped.code == 0, stopped.err
    (said,) = stopped.objects
    assert said["state"] == "stopped"
    until(lambda: not _is_running(said["pid"]))
    assert house.run("worker", "--stop").out == "no worker runs\n"
    assert house.run("run", "good", "--wait").code == 0


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_in_the_foreground_finds_the_place_taken(house: Shell) -> None:
    house.run("board")
    assert house.run("worker").code == 75


def test_a_configuration_that_breaks_before_anybody_read_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("unread")
    (folder / "devops.yaml").write_text("name: shop\nhots: {}\n")
    shell = Shell(folder, folder)
    done = shell.run("board", "--json")
    assert done.code == 2, done.err
    mistake, error = done.objects
    assert (mistake["line"], mistake["what"]) == (2, "unknown key `hots`")
    assert error["code"] == 2
    (folder / "devops.yaml").write_text("name: shop\n")
    assert shell.run("board").code == 0
    assert shell.run("worker", "--stop").code == 0


def test_a_recording_of_a_real_workspace_is_replayed(house: Shell) -> None:
    file = str(house.folder / "night.rec")
    done = house.run("fleet", "--record", file, "--for", "2s", "--every", "0.5", "--json")
    assert done.code == 0, done.err
    assert done.objects[-1]["looks"] >= 2
    again = house.run("fleet", "--record", file, "--for", "1s")
    assert (again.code, "exists" in again.err) == (4, True)
    info = house.run("replay", file, "--info", "--json")
    assert info.code == 0, info.err
    assert info.objects[-1]["damage"] == ""
    assert house.run("replay", file).code == 2  # no terminal
    assert house.run("replay", str(house.folder / "none")).code == 3
    assert house.run("replay", file, "--at", "noon").code == 2
