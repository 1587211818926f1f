"""The demo's world: made once, opened again, revived, ended whole."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from devops_tui.bootstrap.paths import paths_of
from devops_tui.demo import door, ending, processes, world
from devops_tui.demo.login import login
from devops_tui.demo.parts import ask
from devops_tui.demo.plan import BLUE, HOSTS, MARK, WorldPlan
from devops_tui.demo.ports import is_free
from devops_tui.demo.world import World
from devops_tui.domain.board import Column
from devops_tui.domain.errors import Refused
from devops_tui.stores.sqlite.store import SqliteStore

EMBEDDED = {door.CHOICE: "embedded"}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "world"
    yield place
    if (place / "world.json").exists():
        assert world.stop(place) == ()
        assert processes.marked(MARK, str(place)) == ()


def everything(plan: WorldPlan) -> tuple[processes.Process, ...]:
    return processes.marked(MARK, str(plan.folder))


def test_serves_blue_and_ends_without_a_trace(folder: Path) -> None:
    made = world.open_or_make(folder, EMBEDDED, with_opening=False)
    assert made.is_new
    answer = ask(made.plan.door_port)
    assert (answer.status, answer.colour) == (200, "blue")
    assert json.loads(answer.body)["version"] == "1.4.1"
    running = everything(made.plan)
    # a supervisor, six hosts, two shops, the front door and the batch job
    assert len(running) == 1 + len(HOSTS) + len(BLUE) + 2
    assert world.stop(folder) == ()
    assert not any(p.is_alive for p in running)
    used = (made.plan.door_port, *made.plan.host_ports.values(), *made.plan.shop_ports.values())
    assert all(is_free(port) for port in used)
    assert world.stop(folder) == ()  # twice is as good as once


def test_started_twice_it_is_the_same_world(folder: Path) -> None:
    def start(_: int) -> World:
        return world.open_or_make(folder, EMBEDDED, with_opening=False)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(start, range(2))
    assert first.plan == second.plan
    assert sorted((first.is_new, second.is_new)) == [False, True]
    assert len(everything(first.plan)) == 1 + len(HOSTS) + len(BLUE) + 2


@pytest.mark.real
def test_a_real_haproxy_takes_the_place_of_the_embedded_door(folder: Path) -> None:
    if door.haproxy_program() is None:
        pytest.skip("haproxy is not installed")
    made = world.open_or_make(folder, {door.CHOICE: "auto"}, with_opening=False)
    assert made.plan.door == "haproxy"
    assert ask(made.plan.door_port).colour == "blue"


def test_a_stopped_world_comes_back_as_it_was(folder: Path) -> None:
    plan = world.open_or_make(folder, EMBEDDED, with_opening=False).plan
    world.stop(folder)
    again = world.open_or_make(folder, EMBEDDED, with_opening=False)
    assert not again.is_new
    assert again.plan == plan
    assert ask(plan.door_port).colour == "blue"


async def test_a_deployed_green_comes_back_too(folder: Path) -> None:
    made = await asyncio.to_thread(world.open_or_make, folder, EMBEDDED, with_opening=False)
    port = made.plan.shop_ports["web-3"]
    archive = made.plan.folder / "first" / "dist" / "shop.pyz"
    async with login(made.plan, "web-3") as there:
        await there.put(archive, "shop.pyz")
        python = shlex.quote(sys.executable)
        await there.run(f"{python} shop.pyz up --colour green --port {port} --deployed abc1234")
    await asyncio.to_thread(world.stop, folder)
    await asyncio.to_thread(world.open_or_make, folder, EMBEDDED, with_opening=False)
    answer = await asyncio.to_thread(ask, port)
    assert (answer.colour, answer.deployed) == ("green", "abc1234")


def test_a_port_that_somebody_took_meanwhile_is_replaced_everywhere(folder: Path) -> None:
    plan = world.open_or_make(folder, EMBEDDED, with_opening=False).plan
    world.stop(folder)
    taken = plan.host_ports["web-2"]
    with _listener(taken):
        again = world.open_or_make(folder, EMBEDDED, with_opening=False).plan
        assert again.host_ports["web-2"] != taken
        assert again.host_ports["web-1"] == plan.host_ports["web-1"]
        text = again.workspace_file.read_text()
        assert str(taken) not in text
        assert f"port: {again.host_ports['web-2']}" in text
        assert ask(again.door_port).colour == "blue"


def test_a_killed_supervisor_takes_its_hosts_along(folder: Path) -> None:
    plan = world.open_or_make(folder, EMBEDDED, with_opening=False).plan
    supervisor = ending.supervisor_of(plan)
    assert supervisor is not None
    running = everything(plan)
    os.kill(supervisor.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: not any(p.is_alive for p in running), 40.0)
    assert world.open_or_make(folder, EMBEDDED, with_opening=False).plan == plan
    assert ask(plan.door_port).status == 200


def test_a_host_that_dies_is_reported_and_stays_dead(folder: Path) -> None:
    made = world.open_or_make(folder, EMBEDDED, with_opening=False)
    host = ending.read_processes(made.plan).hosts["web-2"]
    host.send(signal.SIGKILL)
    assert processes.wait_until(lambda: bool(made.dead), 40.0)
    assert made.dead == {"web-2": "signal 9"}
    assert world.open_or_make(folder, EMBEDDED, with_opening=False).dead == made.dead


def test_a_world_without_its_folder_ends(folder: Path) -> None:
    plan = world.open_or_make(folder, EMBEDDED, with_opening=False).plan
    running = everything(plan)
    shutil.rmtree(folder)
    assert processes.wait_until(lambda: not any(p.is_alive for p in running), 40.0)


def test_a_forgotten_world_ends(folder: Path) -> None:
    plan = world.open_or_make(folder, EMBEDDED, with_opening=False).plan
    running = everything(plan)
    long_ago = plan.touch_file.stat().st_mtime - plan.idle_s - 1
    os.utime(plan.touch_file, (long_ago, long_ago))
    assert processes.wait_until(lambda: not any(p.is_alive for p in running), 40.0)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Refused):
        world.open_or_make(tmp_path, EMBEDDED, with_opening=False)
    assert [(f.name, f.read_text()) for f in tmp_path.iterdir()] == [("thesis.txt", "mine")]


def test_a_long_path_serves_as_well(tmp_path: Path) -> None:
    folder = tmp_path / ("long " + "x" * 120)
    plan = world.open_or_make(folder, EMBEDDED, with_opening=False).plan
    assert ask(plan.door_port).colour == "blue"
    assert plan.socket.exists()
    assert world.stop(folder) == ()
    assert not plan.door_folder.exists()


def test_the_board_has_a_past(folder: Path) -> None:
    plan = world.open_or_make(folder, EMBEDDED, with_opening=False).plan
    store = SqliteStore.open(paths_of(plan.workspace_file).store)
    try:
        columns = {str(card.id): card.column for card in store.cards()}
        since = {str(card.id): card.moved_at - card.created_at for card in store.cards()}
    finally:
        store.close()
    assert len(columns) == 10
    assert columns["SHOP-7"] is Column.IN_WORK
    assert sum(1 for c in columns.values() if c is Column.DONE) == 2
    assert since["SHOP-7"].days == 4


@contextmanager
def _listener(port: int) -> Iterator[None]:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()
        yield
