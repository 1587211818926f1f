"""Hosts that a program lists, as Ansible's dynamic inventories do: `PROGRAM --list`.

It runs as the operator, without a shell, with a time-out and a limit of what it may print;
what it prints is JSON that is looked at like any other inventory. A program that fails
gives no hosts and one mistake: the last good configuration stays in force then.

Source: Ansible's developer guide, "Developing dynamic inventory", script conventions.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devops_tui.config.documents import Entry
from devops_tui.config.inventory_hosts import InventoryHosts
from devops_tui.config.report import Report

LONGEST_S = 8.0
MOST_BYTES = 16 << 20
_PLACE = (1, 1)


class NoInventory(Exception):
    """The program gave none; says why."""


def read_script(argv: Sequence[str], folder: Path, report: Report) -> list[Entry]:
    """The hosts that the program lists.

    Raises:
        NoInventory: It cannot be started, failed, took too long, or printed no inventory.
    """
    try:
        listed = json.loads(_output([*argv, "--list"], folder))
    except (ValueError, RecursionError):
        raise NoInventory("prints no JSON") from None
    if not isinstance(listed, dict):
        raise NoInventory("prints no groups")
    found = InventoryHosts(Path(argv[0]).name, report)
    meta = listed.get("_meta")
    variables = meta.get("hostvars") if isinstance(meta, dict) else None
    known = variables if isinstance(variables, dict) else {}
    for group, data in listed.items():
        if group != "_meta":
            _group(found, str(group), data, known)
    return found.entries()


def _group(found: InventoryHosts, group: str, data: Any, known: dict[str, Any]) -> None:
    members = data if isinstance(data, list) else data.get("hosts") if _is_group(data) else []
    for host in members if isinstance(members, list) else []:
        own: dict[str, Any] = {}
        told = known.get(host) if isinstance(host, str) else None
        for name, value in told.items() if isinstance(told, dict) else ():
            found.take(own, name, value, _PLACE)
        found.host(group, str(host).replace("[", "?"), own, _PLACE)
    if not _is_group(data):
        return
    children, common = data.get("children"), data.get("vars")
    for child in children if isinstance(children, list) else []:
        found.child(group, str(child))
    for name, value in common.items() if isinstance(common, dict) else ():
        found.take(found.variables(group), name, value, _PLACE)


def _is_group(data: object) -> bool:
    return isinstance(data, dict)


def _output(argv: Sequence[str], folder: Path) -> bytes:
    """What it prints; its whole process group is ended when it takes or says too much."""
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise NoInventory(f"cannot be started: {error.strerror}") from None
    assert process.stdout is not None  # noqa: S101 - it was asked for above
    try:
        with process.stdout as stream:
            said = _read(stream.fileno(), time.monotonic() + LONGEST_S)
        try:
            code = process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            raise NoInventory("closed its output and does not end") from None
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if code:
        raise NoInventory(f"ended with {code}")
    return said


def _read(descriptor: int, end_s: float) -> bytes:
    """Until it is closed; by the clock, as what it began may hold it open."""
    pieces: list[bytes] = []
    size = 0
    while True:
        left_s = end_s - time.monotonic()
        if left_s <= 0 or not select.select([descriptor], [], [], left_s)[0]:
            raise NoInventory(f"took longer than {LONGEST_S:.0f} s")
        piece = os.read(descriptor, 1 << 16)
        if not piece:
            return b"".join(pieces)
        size += len(piece)
        if size > MOST_BYTES:
            raise NoInventory(f"prints more than {MOST_BYTES >> 20} MiB")
        pieces.append(piece)
