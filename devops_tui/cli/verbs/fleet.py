"""The fleet: all hosts, or one."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples
from devops_tui.cli.verbs.host_history import add_history, print_history
from devops_tui.cli.verbs.record import add_record, record
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.view import Overview
from devops_tui.presentation import fleet
from devops_tui.presentation.host_detail import detail
from devops_tui.presentation.host_survey import survey_rows
from devops_tui.presentation.line import line
from devops_tui.presentation.openmetrics import exposition

_FIRST_LOOK_S = 5.0
_FRESH_S = 30.0


def define_fleet(parser: argparse.ArgumentParser) -> None:
    """Declares `fleet`."""
    parser.add_argument("--sources", action="store_true", help="where each host was defined")
    examples(
        parser,
        "fleet",
        "fleet --json | jq -r 'select(.link != \"live\") | .host'",
        "fleet --record night.rec --for 8h",
    )
    parser.add_argument(
        "--openmetrics", action="store_true", help="print figures as OpenMetrics text, once"
    )
    add_record(parser)
    parser.set_defaults(act=_fleet)


def define_host(parser: argparse.ArgumentParser) -> None:
    """Declares `host`."""
    parser.add_argument("host", metavar="HOST")
    add_history(parser)
    examples(parser, "host web-1", "host web-1 --history 24h", "host web-1 --history 1h --csv")
    parser.set_defaults(act=_host)


def _fleet(call: Call) -> int:
    if call.words.record is not None:
        return record(call)
    if call.words.sources:
        return _sources(call)
    names = list(call.workspace.hosts)
    overview = _fresh(call, names)
    frames = [_frame(overview, name) for name in names]
    if call.words.openmetrics:
        call.out.raw(exposition(frames, call.workspace.hosts).encode())
        return Exit.OK
    for frame in frames:
        call.out.json(frame)
    columns = fleet.grid(call.out.width)
    call.out.lines([columns.heading()])
    call.out.lines(
        fleet.row(frame, columns, overview.at).line
        for frame in fleet.worst_first(frames, overview.at)
    )
    return Exit.OK


def _sources(call: Call) -> int:
    for host in call.workspace.hosts.values():
        origin = host.origin or "by itself"
        call.out.json({"host": host.name, "from": origin, "groups": list(host.groups)})
        groups = f"  in {', '.join(host.groups)}" if host.groups else ""
        call.out.lines([line((f"{host.name:<24} ", "accent"), origin, (groups, "muted"))])
    return Exit.OK


def _host(call: Call) -> int:
    host = call.workspace.host(call.words.host)
    if call.words.history:
        return print_history(call, host)
    overview = _fresh(call, [host.name])
    frame = _frame(overview, host.name)
    call.out.json(frame)
    call.out.lines(row.line for row in detail(frame, host, overview.at, call.out.width))
    survey = call.front.host_survey(host.name)
    if survey.answers:
        call.out.json(survey)
    call.out.lines(row.line for row in survey_rows(survey, overview.at, call.out.width))
    return Exit.OK


def _fresh(call: Call, names: Iterable[str]) -> Overview:
    """What is known after a worker that has just been started had time for a first look."""

    def look() -> Overview | None:
        overview = call.front.overview()
        return overview if all(_is_fresh(overview, name) for name in names) else None

    found = call.wait(look, _FIRST_LOOK_S, lambda: "the first figures of all hosts")
    return found or call.front.overview()


def _is_fresh(overview: Overview, name: str) -> bool:
    frame = overview.frames.get(name)
    if frame is None or frame.link is LinkState.CONNECTING:
        return False
    return (overview.at - frame.at).total_seconds() < _FRESH_S


def _frame(overview: Overview, name: str) -> Frame:
    known = overview.frames.get(name)
    if known is not None:
        return known
    return Frame(HostName(name), LinkState.CONNECTING, overview.at, why="no figures yet")
