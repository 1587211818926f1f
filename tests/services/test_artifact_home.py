"""A file that lies with another worker: what is said, and that a shared place cures it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.clocks import StillClock

from devops_tui.domain.artifact import SftpPlace
from devops_tui.domain.audit import Worker, WorkerState
from devops_tui.domain.caution import cautions
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import JobId, RunId, WorkerId
from devops_tui.domain.pipeline import Job, JobRun, Pipeline, Plan, Run, Stage, StageKind, State
from devops_tui.domain.work import RunCommand
from devops_tui.domain.workspace import Workspace
from devops_tui.services.shelf import Origin, Shelf
from devops_tui.stores.repository import FileRepository
from devops_tui.stores.sqlite.store import SqliteStore

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
JOB = Job("build", RunCommand("make"), artifacts=("dist/shop",))
PIPELINE = Pipeline("shop", None, (Stage("build", StageKind.BUILD, (JOB,)),))


class Team:
    """Two workers on one store, each with files of its own."""

    def __init__(self, folder: Path, **more: SftpPlace) -> None:
        self.store = SqliteStore.open(folder / "state.db")
        self.store.save_workspace(Workspace("test", str(folder), **more), (), "x")  # type: ignore[arg-type]
        self.folder = folder
        self.plan = Plan("shop", PIPELINE.stages)
        self.run = Run(RunId("shop-1"), 1, self.plan, State.RUNNING, NOW, "jun")
        self.store.add_run(self.run)

    def shelf(self, name: str, place: str) -> Shelf:
        state = WorkerState.WORKING
        worker = Worker(WorkerId(name), place.split(":")[0], 7, "1", state, NOW, NOW, place=place)
        self.store.save_worker(worker)
        return Shelf(self.store, StillClock(), FileRepository(self.folder / name), name)

    def build(self) -> Path:
        file = self.folder / "built"
        file.write_text("bytes")
        return file

    @property
    def origin(self) -> Origin:
        return Origin(self.run, self.plan, JobRun(self.run.id, JobId("build/build")))


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    team = Team(tmp_path)
    yield team
    team.store.close()


async def test_a_worker_elsewhere_says_where_the_file_lies(team: Team) -> None:
    first = team.shelf("w1", "ops-1:/state/shop")
    second = team.shelf("w2", "ops-2:/state/shop")
    made = await first.keep(team.build(), "dist/shop", team.origin)
    assert (await first.file(made.digest)).read_text() == "bytes"
    with pytest.raises(NotFound) as caught:
        await second.file(made.digest, made.name)
    title, hint = caught.value.title, caught.value.hint
    assert title == (
        f"dist/shop ({made.digest[:19]}) lies on ops-1, with the worker that stored it, "
        "and not on this machine (ops-2)"
    )
    assert "`artifacts: {sftp: ...}`" in hint


async def test_another_state_folder_of_one_machine_is_elsewhere_too(team: Team) -> None:
    first = team.shelf("w1", "ops-1:/state/a")
    second = team.shelf("w2", "ops-1:/state/b")
    made = await first.keep(team.build(), "dist/shop", team.origin)
    with pytest.raises(NotFound, match="lies in /state/a on ops-1"):
        await second.file(made.digest, made.name)


async def test_its_own_file_that_is_gone_is_told_as_gone(team: Team) -> None:
    first = team.shelf("w1", "ops-1:/state/shop")
    made = await first.keep(team.build(), "dist/shop", team.origin)
    await first.repository.remove(made.digest)
    with pytest.raises(NotFound, match=r"dist/shop \(sha256:.*\) is not in "):
        await first.file(made.digest, made.name)


async def test_what_is_missing_in_a_shared_place_lies_with_nobody(tmp_path: Path) -> None:
    team = Team(tmp_path, artifacts=SftpPlace("store-1", "/srv"))
    first = team.shelf("w1", "ops-1:/state/shop")
    second = team.shelf("w2", "ops-2:/state/shop")
    made = await first.keep(team.build(), "dist/shop", team.origin)
    with pytest.raises(NotFound, match="is not in"):
        await second.file(made.digest, made.name)
    team.store.close()


TWO = {"ops-1": ("linux",), "ops-2": ("mac",)}


@pytest.mark.parametrize(
    ("is_team", "workers", "artifacts", "count"),
    [
        (True, TWO, None, 1),
        (False, TWO, None, 0),
        (True, {"ops-1": ("linux",)}, None, 0),
        (True, TWO, SftpPlace("store-1", "/srv"), 0),
    ],
)
def test_who_is_warned(
    is_team: bool, workers: dict[str, tuple[str, ...]], artifacts: SftpPlace | None, count: int
) -> None:
    pipelines = {"shop": PIPELINE}
    workspace = Workspace("w", "/w", pipelines=pipelines, workers=workers, artifacts=artifacts)
    found = cautions(workspace, is_team=is_team, is_kept=False)
    assert len(found) == count
    assert all("built files of shop stay" in one.what for one in found)


def test_nothing_is_said_where_nothing_is_built() -> None:
    assert not cautions(Workspace("w", "/w", workers=TWO), is_team=True, is_kept=False)
