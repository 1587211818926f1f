"""Verbs that a worker answers, with a double of it; and no worker at all."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.shell import Shell
from support.worker_double import NOW, WorkerDouble

from devops_tui.__main__ import main
from devops_tui.bootstrap.paths import paths_of
from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit, exit_code_of
from devops_tui.cli.errors import NoWorker
from devops_tui.cli.output import Output
from devops_tui.cli.verbs import start
from devops_tui.domain.audit import Request, RequestState, Verb, WorkerState
from devops_tui.domain.errors import CommandLost, DevopsError, Refused
from devops_tui.domain.event import Json
from devops_tui.domain.ids import FlipId, ServiceName
from devops_tui.domain.pipeline import State
from devops_tui.domain.traffic import Colour, Flip, FlipState, FlipStep
from devops_tui.stores.sqlite.store import SqliteStore

Printed = pytest.CaptureFixture[str]


def flipped(state: FlipState) -> Callable[[SqliteStore, Request], dict[str, Json]]:
    """What the worker leaves behind when a flip ends so."""

    def answer(store: SqliteStore, request: Request) -> dict[str, Json]:
        flip = Flip(
            FlipId("flip-4"), ServiceName("shop"), Colour.BLUE, Colour.GREEN, state, "jun",
            request.why, 4, NOW, NOW, error="" if state is FlipState.DONE else "lb-1 is silent",
            steps=(FlipStep(NOW, "commit the map on lb-1", True, 2.4),),
        )  # fmt: skip
        store.add_flip(flip)
        return {"flip_id": flip.id, "live": "green"}

    return answer


@pytest.mark.parametrize(
    ("state", "code", "last"),
    [
        (FlipState.DONE, 0, "done: shop is green"),
        (FlipState.FAILED, 1, "failed: shop stays blue: lb-1 is silent"),
        (FlipState.UNKNOWN, 6, "unknown: lb-1 is silent"),
    ],
)
def test_a_flip(
    worker_double: WorkerDouble, capsys: Printed, state: FlipState, code: int, last: str
) -> None:
    worker_double.answer = flipped(state)
    assert main(["flip", "shop", "--to", "green", "--why", "1.5"]) == code
    assert capsys.readouterr().out == f"      2.4 ms  commit the map on lb-1\n{last}\n"
    (wish,) = worker_double.seen
    assert (wish.verb, wish.subject, wish.why, wish.actor) == (Verb.FLIP, "shop", "1.5", "jun")
    unsaid = {"break_glass": False, "without": [], "no_bake": False}
    assert wish.args == {"to": "green", "expected_live": "blue", **unsaid}


def test_a_flip_says_who_watches_it(worker_double: WorkerDouble, capsys: Printed) -> None:
    done = flipped(FlipState.DONE)
    worker_double.answer = lambda store, wish: {**done(store, wish), "bake_run": "colours-7"}
    assert main(["flip", "shop", "--why", "1.5", "--no-bake"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "bake: watched by colours-7; it goes back by itself where health breaks"
    assert worker_double.seen[0].args["no_bake"] is True


def test_a_dry_run_shows_the_commands_and_files_nothing(
    worker_double: WorkerDouble, capsys: Printed
) -> None:
    main(["flip", "shop", "--dry-run", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["to"] == "green"
    assert any("commit map" in command for command in told["plan"])
    assert main(["flip", "shop", "--to", "blue", "--dry-run"]) == 4
    assert "blue serves already" in capsys.readouterr().err
    assert worker_double.seen == []


def test_an_undo(worker_double: WorkerDouble, capsys: Printed) -> None:
    worker_double.answer = flipped(FlipState.DONE)
    assert main(["undo", "shop", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "done"
    (wish,) = worker_double.seen
    assert wish.verb is Verb.UNDO
    assert wish.args == {"expected_live": "blue"}  # two who say it do not go forward again


def test_what_the_worker_refuses(worker_double: WorkerDouble, capsys: Printed) -> None:
    worker_double.answer = lambda store, request: Refused("web-2 is not healthy", "Look at it.")
    assert main(["flip", "shop", "--why", "1.5"]) == 4
    assert capsys.readouterr().err == "devops-tui: web-2 is not healthy\n  Look at it.\n"


def test_an_undo_of_which_nothing_is_known(worker_double: WorkerDouble) -> None:
    worker_double.answer = lambda store, request: {"flip_id": "flip-9"}
    assert main(["undo", "shop"]) == 6


@pytest.mark.parametrize(
    ("words", "subject", "args"),
    [
        (["run", "shop"], "shop", {}),
        (["run", "shop", "--commit", "4be1"], "shop", {"commit": "4be1"}),
        (["rerun", "shop-2"], "shop-2", {"mode": "all", "stage": ""}),
        (["rerun", "shop-2", "--failed"], "shop-2", {"mode": "failed", "stage": ""}),
        (["rerun", "shop-2", "--from", "test"], "shop-2", {"mode": "from", "stage": "test"}),
    ],
    ids=" ".join,
)
def test_what_is_asked_of_the_worker(
    words: list[str], subject: str, args: dict[str, str], worker_double: WorkerDouble
) -> None:
    worker_double.answer = lambda store, request: {"run_id": "shop-1"}
    assert main([*words, "--why", "because"]) == 0
    (wish,) = worker_double.seen
    assert (wish.subject, wish.args, wish.why) == (subject, args, "because")


@pytest.mark.parametrize(
    ("state", "code"),
    [(State.OK, 0), (State.FAILED, 1), (State.CANCELLED, 1), (State.LOST, 6), (State.ASKING, 0)],
)
def test_how_a_run_ended_is_the_exit_code(state: State, code: int) -> None:
    assert start._code(state) == code


def call_of(folder: Path, start_s: float = 60) -> Call:
    words = argparse.Namespace(workspace=str(folder))
    return Call(words, Output(is_json=False, stream=io.StringIO()), start_s=start_s)


def ask(call: Call, timeout_s: float) -> DevopsError:
    try:
        with pytest.raises(DevopsError) as caught:
            call.ask(Verb.RUN, "shop", "", {}, timeout_s)
    finally:
        call.close()
    return caught.value


def test_a_worker_that_never_answers(worker_double: WorkerDouble, seeded: Shell) -> None:
    worker_double.answer = lambda store, request: None
    error = ask(call_of(seeded.folder), 0.5)
    assert isinstance(error, CommandLost)
    assert exit_code_of(error) is Exit.UNKNOWN
    assert error.title.startswith("no answer from the worker (version ")


def test_a_worker_that_never_begins(seeded: Shell, capsys: Printed) -> None:
    error = ask(call_of(seeded.folder), 2.5)
    assert isinstance(error, NoWorker)
    assert exit_code_of(error) is Exit.UNAVAILABLE
    assert "has not begun after 2 s" in error.title
    assert "stands and may still be done" in error.hint
    said = capsys.readouterr().err
    assert said.startswith("waiting for the worker (version ")
    assert said.endswith(") to begin: pipeline.run of shop\n")


def test_a_worker_of_another_version_holds_the_workspace(
    seeded: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")  # ours does not come up
    store = SqliteStore.open(paths_of(seeded.folder / "devops.yaml").store)
    (double,) = store.workers()
    store.save_worker(replace(double, version="0.0.1"))
    error = ask(call_of(seeded.folder), 0.5)
    assert "the worker (version 0.0.1, pid " in error.title
    wishes = [r.verb for r in store.requests(RequestState.FILED)]
    assert sorted(wishes) == [Verb.RUN, Verb.HAND_OVER]
    store.close()


def test_no_worker_comes_up(
    seeded: Shell, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    paths = paths_of(seeded.folder / "devops.yaml")
    store = SqliteStore.open(paths.store)
    (double,) = store.workers()
    store.save_worker(replace(double, state=WorkerState.STOPPED))
    store.close()
    paths.worker_log.write_text("before\nImportError: no module named yaml\n")
    error = ask(call_of(seeded.folder, start_s=2.5), 60)
    assert isinstance(error, NoWorker)
    assert error.title.startswith("no worker came up in ")
    assert error.hint.startswith("Its last line: ImportError: no module named yaml. ")
    assert str(paths.worker_log) in error.hint
    assert capsys.readouterr().err == "waiting for a worker to start\n"


def test_the_worker_s_log_cannot_be_written(seeded: Shell) -> None:
    paths = paths_of(seeded.folder / "devops.yaml", seeded.environ)
    paths.worker_log.mkdir()
    store = SqliteStore.open(paths.store)
    (double,) = store.workers()
    store.save_worker(replace(double, state=WorkerState.STOPPED))
    store.close()
    done = seeded.run("board", "--json")
    assert done.code == 5
    assert done.objects[0]["error"] == (
        f"the worker cannot be started: {paths.worker_log}: Is a directory"
    )


def test_the_state_folder_cannot_be_made(seeded: Shell) -> None:
    (seeded.home / "file").write_text("")
    done = seeded.run("board", XDG_STATE_HOME=str(seeded.home / "file"))
    assert done.code == 5
    assert "cannot" in done.err
    assert "Traceback" not in done.err


def test_nothing_runs_that_could_be_stopped(seeded: Shell, capsys: Printed) -> None:
    store = SqliteStore.open(paths_of(seeded.folder / "devops.yaml").store)
    (double,) = store.workers()
    store.save_worker(replace(double, pid=2**22 + 1))  # killed: no such process
    store.close()
    assert main(["worker", "--stop"]) == 0
    assert main(["worker", "--stop", "--json"]) == 0
    assert capsys.readouterr().out == 'no worker runs\n{"worker": null}\n'
