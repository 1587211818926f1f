"""The fleet: all hosts, or one."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.view import Overview
from devops_tui.presentation import fleet
from devops_tui.presentation.host_detail import detail


def define_fleet(parser: argparse.ArgumentParser) -> None:
    """Declares `fleet`."""
    parser.set_defaults(act=_fleet)


def define_host(parser: argparse.ArgumentParser) -> None:
    """Declares `host`."""
    parser.add_argument("host")
    parser.set_defaults(act=_host)


def _fleet(call: Call) -> int:
    overview = call.ready.overview()
    assert overview.workspace is not None  # noqa: S101 - `ready` has seen to it
    frames = [_frame(overview, name) for name in overview.workspace.hosts]
    for frame in frames:
        call.out.json(frame)
    columns = fleet.grid(call.out.width)
    call.out.lines([columns.heading()])
    call.out.lines(
        fleet.row(frame, columns, overview.at).line
        for frame in fleet.worst_first(frames, overview.at)
    )
    return Exit.OK


def _host(call: Call) -> int:
    overview = call.ready.overview()
    assert overview.workspace is not None  # noqa: S101 - `ready` has seen to it
    host = overview.workspace.host(call.words.host)
    frame = _frame(overview, host.name)
    call.out.json(frame)
    call.out.lines(row.line for row in detail(frame, host, overview.at, call.out.width))
    return Exit.OK


def _frame(overview: Overview, name: str) -> Frame:
    known = overview.frames.get(name)
    if known is not None:
        return known
    return Frame(HostName(name), LinkState.CONNECTING, overview.at, why="no figures yet")
