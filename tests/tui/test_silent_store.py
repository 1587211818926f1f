"""The screen over a team's store that falls silent: it lives on, says so, and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import Driver
from fake_front import FakeFront
from sample_world import world
from support.black_hole import black_hole
from support.postgres import Postgres

from devops_tui.bootstrap.paths import find_workspace
from devops_tui.bootstrap.session import Session
from devops_tui.domain.errors import DevopsError
from devops_tui.ports.front import Front
from devops_tui.tui.app import DevopsApp

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("postgres")]


async def test_keys_work_while_the_store_is_silent(
    tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("devops_tui.bootstrap.spawn.WorkerSpawner.ensure", lambda _: None)
    monkeypatch.setattr("devops_tui.tui.bridge.SILENT_S", 0.5)
    with black_hole(postgres.port) as hole:
        url = postgres.url.replace(f":{postgres.port}/", f":{hole.port}/")
        (tmp_path / "devops.yaml").write_text(
            f"name: shop\nstore: {url}\n"
            "pipelines: {shop: {stages: [{test: {run: 'true'}}]}}\n"
        )
        paths = find_workspace(None, tmp_path)
        assert paths is not None

        def opened() -> Front:
            return Session(paths, "jun")

        app = DevopsApp(opened)
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            driver = Driver(app, FakeFront(world()), pilot)
            await driver.until(lambda: app.overview is not None, "the first look")
            hole.swallow()
            asked = app.run_worker(_refused(app))
            await driver.until_said("does not answer since")
            await pilot.press("2")
            await driver.until(lambda: app.view is not None and app.view.view_name == "pipelines")
            assert not asked.is_finished  # the key did not wait for the store
            hole.let_go()
            await driver.until_said("the store answers again")
            await driver.until(lambda: asked.is_finished, "an answer")
            assert asked.result == "it was answered"


async def _refused(app: DevopsApp) -> str:
    """What a question that needs the store gets while there is no link."""
    try:
        await app.bridge.ask(lambda front: front.events())
    except DevopsError as error:
        return str(error)
    return "it was answered"
