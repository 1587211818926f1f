"""`automation`: what the rules of the board would do; nothing is done."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import count, examples
from devops_tui.domain.automation import DeedDone
from devops_tui.domain.errors import ConfigError
from devops_tui.presentation.line import Line, Role, line
from devops_tui.presentation.units import plural

_ROLES: dict[str, Role] = {"done": "ok", "same": "muted", "refused": "failed"}
_WORDS = {"done": "would", "same": "is so", "refused": "refused"}


def define_automation(parser: argparse.ArgumentParser) -> None:
    """Declares `automation`."""
    parser.description = (
        "Say what the rules of devops.yaml, as it is on the disk now, would do for\n"
        "what happened in the last days. A dry run: nothing is changed."
    )
    parser.add_argument(
        "--days", metavar="N", type=count, default=7, help="how far back (default: 7)"
    )
    examples(parser, "automation", "automation --days 30 --json")
    parser.set_defaults(act=_automation)


def _automation(call: Call) -> int:
    from devops_tui.bootstrap.reading import read_workspace

    workspace, mistakes, _ = read_workspace(call.paths)
    if workspace is None:
        raise ConfigError(mistakes)
    done = call.front.rehearse(workspace, call.words.days)
    for one in done:
        call.out.json(one)
    rules = [line(("rule  ", "muted"), str(rule)) for rule in workspace.automation]
    told = f"{plural(len(done), 'deed')} · a dry run: nothing was changed"
    call.out.lines([*rules, *(_line(one) for one in done), line((told, "muted"))])
    return Exit.OK


def _line(one: DeedDone) -> Line:
    return line(
        (f"{one.at:%m-%d %H:%M} ", "muted"),
        (f"{_WORDS[one.what]:8}", _ROLES[one.what]),
        (one.rule, "text"),
        (f" · {one.subject}", "accent"),
        f" · {one.told}",
    )
