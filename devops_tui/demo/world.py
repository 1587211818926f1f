"""The demo world: made once, opened again, ended as a whole.

Everything lies below one folder. Making it takes a few seconds; opening a world that
runs takes none. After a reboot its parts are started again as they were.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from devops_tui.bootstrap.actor import operator
from devops_tui.bootstrap.paths import STATE_NAME, paths_of
from devops_tui.demo import cards, door, ending, opening, sources
from devops_tui.demo.hosts import known_hosts, make_key
from devops_tui.demo.parts import start_parts
from devops_tui.demo.plan import BLUE, GREEN, HOSTS, MARK, WorldPlan, package_root
from devops_tui.demo.ports import free_ports, is_free
from devops_tui.demo.processes import Process
from devops_tui.demo.workspace import team_of, workspace_text
from devops_tui.domain.errors import Refused
from devops_tui.stores.sqlite.store import SqliteStore

IDLE = "DEVOPS_TUI_DEMO_IDLE_S"
_IDLE_S = 1800.0
_MAKING_WITHIN_S = 120.0
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class World:
    """A world that runs.

    Attributes:
        is_new: It was made by this very call.
        dead: Host to how its process ended, for hosts that died since the start.
    """

    plan: WorldPlan
    is_new: bool = False

    @property
    def dead(self) -> Mapping[str, str]:
        """Hosts that died since the world was started, with how they ended."""
        return ending.read_processes(self.plan).dead

    def touch(self) -> None:
        """Says that somebody is here: puts off the end of an idle world."""
        self.plan.touch_file.touch()


def open_or_make(
    folder: Path, environ: Mapping[str, str] = os.environ, *, with_opening: bool = True
) -> World:
    """The world of that folder, running; made when there is none.

    Args:
        folder: An empty or new folder, or one that a world was made in.
        environ: DEVOPS_TUI_DEMO_DOOR and DEVOPS_TUI_DEMO_IDLE_S are read from it.
        with_opening: Whether a new world begins to live by itself: commits are pushed as
            soon as a worker is there (see opening.py).

    Raises:
        Refused: The folder holds something else.
        DevopsError: Something does not come up; nothing is left running then.
    """
    folder = folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / ".lock").exists():  # a folder that is refused is left as it is
        _refuse_other_things(folder)
    with _alone(folder):
        plan = _plan_of(folder, environ)
        plan.touch_file.touch()
        if ending.supervisor_of(plan) is not None:
            return World(plan)
        ending.end_leftovers(plan)  # of a supervisor that was killed
        try:
            is_new = _make_files(plan)
            plan = _start_hosts(plan)
            asyncio.run(start_parts(plan))
            if with_opening and not opening.is_over(plan):
                opening.begin(plan)
        except BaseException:  # a signal too: nothing may be left half made and running
            ending.end_world(plan)
            raise
    return World(plan, is_new)


def stop(folder: Path) -> tuple[Process, ...]:
    """Ends every process of a world; its files stay. Returns what would not end.

    Raises:
        Refused: There is no world in the folder.
    """
    folder = folder.absolute()
    if not (folder / "world.json").exists():
        raise Refused(f"there is no demo world in {folder}")
    with _alone(folder):
        return ending.end_world(WorldPlan.read(folder))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps a second maker out until the first is done."""
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + _MAKING_WITHIN_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Refused(f"somebody else is making {folder}", "Try again.") from None
                time.sleep(0.1)
        yield
    finally:
        os.close(lock)


def _plan_of(folder: Path, environ: Mapping[str, str]) -> WorldPlan:
    """The plan that is there, or a new one; a broken beginning is thrown away."""
    if (folder / "world.json").exists():
        try:
            plan = WorldPlan.read(folder)
        except (ValueError, KeyError, TypeError):
            raise Refused(f"{folder}/world.json is broken", "Remove the folder.") from None
        if _is_made(plan) or ending.supervisor_of(plan) is not None:
            return plan
        _throw_away(folder)
    else:
        _refuse_other_things(folder)
    ports = iter(free_ports(1 + len(HOSTS) + len(BLUE) + len(GREEN)))
    plan = WorldPlan(
        folder=folder,
        door=door.choose(environ),
        door_port=next(ports),
        host_ports={name: next(ports) for name in HOSTS},
        shop_ports={name: next(ports) for name in (*BLUE, *GREEN)},
        idle_s=float(environ.get(IDLE, _IDLE_S)),
    )
    plan.write()
    return plan


def _refuse_other_things(folder: Path) -> None:
    if (folder / "world.json").exists():
        return
    if any(entry.name != ".lock" for entry in folder.iterdir()):
        raise Refused(f"{folder} holds something else", "Name an empty folder, or a new one.")


def _is_made(plan: WorldPlan) -> bool:
    return (plan.folder / "made").exists()


def _throw_away(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name == ".lock":
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _make_files(plan: WorldPlan) -> bool:
    """Keys, homes, repositories, workspace and board; True when they were not there yet."""
    if _is_made(plan):
        return False
    plan.client_key.parent.mkdir(mode=0o700, exist_ok=True)
    make_key(plan.client_key, "operator of the demo")
    for name in plan.host_ports:
        plan.home(name).mkdir(mode=0o700, parents=True, exist_ok=True)
        make_key(plan.host_key(name), name)
    # what is live was released from a branch of its own; `main` begins with the next commit,
    # so that the pipeline's first run is that of a release that brings something
    sources.make_repository(plan, "shop", sources.SHOP, branch="release-1.4")
    sources.make_repository(plan, "billing", sources.BILLING)
    (plan.folder / STATE_NAME).mkdir(mode=0o700, exist_ok=True)
    person = operator()
    plan.workspace_file.write_text(workspace_text(plan, person), "utf-8")
    store = SqliteStore.open(paths_of(plan.workspace_file).store)
    try:
        cards.fill_board(store, team_of(person))
    finally:
        store.close()
    (plan.folder / "made").touch()
    return True


def _start_hosts(plan: WorldPlan) -> WorldPlan:
    """Starts the supervisor, on other ports where the old ones are taken.

    Raises:
        Refused: The hosts do not come up.
    """
    said = ""
    for _ in range(_ATTEMPTS):
        plan = _with_free_ports(plan)
        pairs = [(port, plan.host_key(name)) for name, port in plan.host_ports.items()]
        plan.known_hosts.write_text(known_hosts(pairs), "ascii")
        path = os.pathsep.join(filter(None, [str(package_root()), os.environ.get("PYTHONPATH")]))
        started = subprocess.run(
            [sys.executable, "-m", "devops_tui.demo.supervisor", str(plan.folder)],
            env={**os.environ, MARK: str(plan.folder), "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if started.returncode == 0:
            return plan
        said = started.stderr.decode("utf-8", "replace").strip()
    raise Refused("the demo's hosts do not come up", said[-400:])


def _with_free_ports(plan: WorldPlan) -> WorldPlan:
    """The plan with another port for each that is taken; the files follow."""
    used = (plan.door_port, *plan.host_ports.values(), *plan.shop_ports.values())
    taken = [port for port in used if not is_free(port)]
    if not taken:
        return plan
    new = dict(zip(taken, free_ports(len(taken)), strict=True))
    changed = replace(
        plan,
        door_port=new.get(plan.door_port, plan.door_port),
        host_ports={name: new.get(port, port) for name, port in plan.host_ports.items()},
        shop_ports={name: new.get(port, port) for name, port in plan.shop_ports.items()},
    )
    text = plan.workspace_file.read_text("utf-8")
    text = re.sub(r"\b\d{4,5}\b", lambda m: str(new.get(int(m[0]), m[0])), text)
    plan.workspace_file.write_text(text, "utf-8")
    changed.write()
    return changed
