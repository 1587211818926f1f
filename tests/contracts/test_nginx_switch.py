"""What is special about a flag file that a real nginx follows (test_every_switch has the rest)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.loopback import LoopbackTransport
from support.nginx import RealNginx, skip_without_nginx
from support.switch_doors import colour_at, flip

from devops_tui.domain.errors import HostUnreachable, SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import NginxConfig
from devops_tui.domain.traffic import Colour
from devops_tui.services.http_probe import KeepAlive
from devops_tui.switches.nginx import NginxSwitch

pytestmark = pytest.mark.real

BLUE, GREEN = Colour.BLUE, Colour.GREEN


@pytest.fixture
def door(tmp_path: Path, servers: dict[str, list[int]]) -> Iterator[RealNginx]:
    skip_without_nginx()
    made = RealNginx(tmp_path / "door", servers)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def switch(door: RealNginx, link: LoopbackTransport) -> NginxSwitch:
    return a_switch(door.flag, link)


def a_switch(flag: Path, link: LoopbackTransport) -> NginxSwitch:
    return NginxSwitch(link, NginxConfig((HostName("lb-1"),), str(flag)))


async def test_preparing_leaves_no_file(switch: NginxSwitch, door: RealNginx) -> None:
    await switch.prepare(GREEN, 1)
    assert list(door.flag.parent.iterdir()) == []


async def test_no_request_is_lost_or_late_while_it_flips(
    switch: NginxSwitch, door: RealNginx
) -> None:
    served: list[str] = []
    is_over = asyncio.Event()

    async def ask() -> None:
        connection = KeepAlive(lambda: asyncio.open_connection("127.0.0.1", door.port))
        while not is_over.is_set():
            answer = await connection.get("/", 5)
            assert answer.status == 200
            served.append(answer.headers["x-colour"])
        connection.close()

    asking = [asyncio.create_task(ask()) for _ in range(4)]
    for fence in range(1, 21):
        to = GREEN if fence % 2 else BLUE
        await flip(switch, to, fence)
        assert await colour_at(door) == to
    is_over.set()
    await asyncio.gather(*asking)
    assert set(served) == {"blue", "green"}


async def test_a_hundred_at_once_end_at_the_highest_fence(
    door: RealNginx, link: LoopbackTransport
) -> None:
    async def one(fence: int) -> None:
        mine = a_switch(door.flag, link)
        try:
            await flip(mine, GREEN if fence % 2 else BLUE, fence)
        except SwitchRefused:
            return

    await asyncio.gather(*(one(fence) for fence in range(1, 41)))
    reading = await a_switch(door.flag, link).read()
    assert (reading.serves, reading.fence) == (BLUE, 40)
    assert await colour_at(door) == "blue"


async def test_a_missing_folder_and_a_lost_link_say_so(tmp_path: Path) -> None:
    link = LoopbackTransport("lb-1")
    switch = a_switch(tmp_path / "nowhere" / "shop.green", link)
    with pytest.raises(SwitchRefused, match="folder is missing") as refused:
        await switch.read()
    assert refused.value.hint
    link.is_cut = True
    with pytest.raises(HostUnreachable):
        await switch.read()


async def test_a_path_never_becomes_a_command(tmp_path: Path, link: LoopbackTransport) -> None:
    folder = tmp_path / "$(touch oops); `touch oops` 'a b"
    folder.mkdir()
    switch = a_switch(folder / "x;touch oops", link)
    await flip(switch, GREEN, 1)
    assert (await switch.read()).serves is GREEN
    made = sorted(path.name for path in folder.iterdir())
    assert made == ["x;touch oops", "x;touch oops.fence", "x;touch oops.lock"]
    assert not (tmp_path / "oops").exists()


def test_the_plan_names_every_command(switch: NginxSwitch, door: RealNginx) -> None:
    plan = "\n".join(switch.plan(GREEN))
    for word in ("flock", "FENCE", str(door.flag), "mv -f"):
        assert word in plan
    assert f"rm -f {door.flag}" in "\n".join(switch.plan(BLUE))
