"""What runs on the hosts of the demo: the shop in its colours, the front door, the batch job.

All of it is installed and started over SSH, as an operator would.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from devops_tui.demo import busy, door, sources
from devops_tui.demo.login import login
from devops_tui.demo.plan import BALANCER, BLUE, BUSY, GREEN, LOOKED_AT, LOOPBACK, WorldPlan
from devops_tui.domain.errors import CommandFailed, CommandTimedOut
from devops_tui.domain.traffic import Colour

FIRST_VERSION = "1.4.1"
_ANSWERS_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the front door said.

    Attributes:
        deployed: The X-Version header: the commit that was deployed.
    """

    status: int
    colour: str
    deployed: str
    body: bytes


async def start_parts(plan: WorldPlan) -> None:
    """Starts what ran when the world was left, or blue in its first version.

    Raises:
        DevopsError: Something does not come up; the hint holds what it said.
    """
    door.write_files(plan)
    first = await asyncio.to_thread(_build_first, plan)
    starts = [_start_shop(plan, host, first) for host in (*BLUE, *GREEN)]
    for failure in await asyncio.gather(*starts, _start_busy(plan), return_exceptions=True):
        if isinstance(failure, BaseException):
            raise failure
    async with login(plan, BALANCER) as there:
        await there.run(door.start_script(plan))
    await asyncio.to_thread(_wait_for_door, plan)


def ask(port: int, path: str = "/healthz", timeout_s: float = 2.0) -> Answer:
    """One request over a connection of its own.

    Raises:
        OSError, http.client.HTTPException: No answer.
    """
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    colour, deployed = (answer.headers.get(name, "") for name in ("X-Colour", "X-Version"))
    return Answer(answer.status, colour, deployed, body)


def _build_first(plan: WorldPlan) -> Path:
    """The archive of the version that is live first, built from its commit; once."""
    folder = plan.folder / "first"
    archive = folder / "dist" / "shop.pyz"
    if archive.exists():
        return archive
    part = plan.folder / "first.part"
    if not part.exists():
        branch = ["--branch", f"v{FIRST_VERSION}", "-c", "advice.detachedHead=false"]
        sources.git(
            ["clone", "--quiet", *branch, str(plan.repository("shop")), str(part)], plan.folder
        )
    built = subprocess.run(
        [sys.executable, "build.py"], cwd=part, capture_output=True, timeout=60, check=False
    )
    if built.returncode != 0:
        said = built.stderr.decode("utf-8", "replace")[-400:]
        raise CommandFailed("the shop could not be built", built.returncode, said)
    part.rename(folder)
    return archive


async def _start_shop(plan: WorldPlan, host: str, first: Path) -> None:
    colour = Colour.BLUE if host in BLUE else Colour.GREEN
    archive, deployed = _last_deployment(plan.home(host) / "shop" / f"{colour}.pid")
    if not archive and colour is Colour.GREEN:
        return  # the first release fills it
    async with login(plan, host) as there:
        if not archive:
            archive, deployed = "shop.pyz", sources.head(first.parent.parent)[:7]
            await there.put(first, archive)
        await there.run(
            f"exec {shlex.quote(sys.executable)} {shlex.quote(archive)} up --colour {colour}"
            f" --port {plan.shop_ports[host]} --deployed {shlex.quote(deployed)}"
        )


def _last_deployment(pid_file: Path) -> tuple[str, str]:
    """The archive and the name that the shop's own record of its last process holds."""
    try:
        known = json.loads(pid_file.read_text("utf-8"))
        archive, deployed = Path(known["archive"]), str(known["deployed"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", ""
    return (str(archive), deployed) if archive.is_file() else ("", "")


async def _start_busy(plan: WorldPlan) -> None:
    mark = plan.home(BUSY) / LOOKED_AT
    python, program = shlex.quote(sys.executable), shlex.quote(busy.__file__)
    command = f"{python} -I {program} --duty {plan.duty} --mark {shlex.quote(str(mark))}"
    async with login(plan, BUSY) as there:
        await there.run(f"setsid nice -n 19 {command} </dev/null >>busy.log 2>&1 &\n")


def _wait_for_door(plan: WorldPlan) -> None:
    deadline = time.monotonic() + _ANSWERS_WITHIN_S
    why = ""
    while time.monotonic() < deadline:
        try:
            answer = ask(plan.door_port)
        except (OSError, http.client.HTTPException) as error:
            why = str(error)
        else:
            if answer.status == 200 and plan.socket.exists():
                return
            why = f"status {answer.status}"
        time.sleep(0.05)
    log = plan.home(BALANCER) / "front_door.log"
    said = log.read_text("utf-8", "replace")[-400:] if log.exists() else ""
    raise CommandTimedOut(f"the front door does not answer: {why}", said)
