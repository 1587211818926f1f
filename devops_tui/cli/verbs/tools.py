"""`tools`: the connected tools, what each says, and a reading at once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples, seconds
from devops_tui.domain.errors import NoAnswer, NotFound
from devops_tui.domain.tool import Level, ToolStatus
from devops_tui.presentation.line import Line, cut
from devops_tui.presentation.tools import about, finding_list, tool_list

_ANSWER_S = 60.0


def define_tools(parser: argparse.ArgumentParser) -> None:
    """Declares `tools`."""
    parser.description = (
        "Show the connected tools, or all that one of them says. With --read the\n"
        "worker reads them first; exit code 1 then when one is silent or says something\n"
        "critical."
    )
    parser.add_argument("name", metavar="TOOL", nargs="?", default="", help="all of one tool")
    parser.add_argument("--read", action="store_true", help="read all of them now, and wait")
    parser.add_argument(
        "--timeout", type=seconds, default=_ANSWER_S, metavar="SECONDS", help="default: 60"
    )
    examples(parser, "tools", "tools nagios", "tools --read --json")
    parser.set_defaults(act=_tools)


def _tools(call: Call) -> int:
    found = _asked(call) if call.words.read else call.ready.tools()
    name = call.words.name
    if name:
        found = [s for s in found if s.settings.name == name]
        if not found:
            known = ", ".join(s.settings.name for s in call.front.tools()) or "none"
            raise NotFound(f"no tool {name}", f"There are: {known}.")
    now = call.front.overview().at
    for status in found:
        call.out.json(status)
    call.out.lines(_one(found[0], now, call.out.width) if name else _all(found, now, call))
    return Exit.FAILED if call.words.read and any(_is_bad(s) for s in found) else Exit.OK


def _asked(call: Call) -> Sequence[ToolStatus]:
    call.ready.tools()
    wish = call.front.ask_tools()

    def answered() -> Sequence[ToolStatus] | None:
        found = call.front.tools()
        return found if all(s.state.answered == wish for s in found) else None

    found = call.wait(answered, call.words.timeout, lambda: "the tools")
    if found is None:
        raise NoAnswer(
            f"not all tools were read in {call.words.timeout:.0f} s",
            "`devops-tui tools` says which.",
        )
    return found


def _is_bad(status: ToolStatus) -> bool:
    return bool(status.state.error) or status.level is Level.CRITICAL


def _all(found: Sequence[ToolStatus], now: datetime, call: Call) -> list[Line]:
    return [row.line for row in tool_list(found, now, call.out.width)]


def _one(status: ToolStatus, now: datetime, cells: int) -> list[Line]:
    rows = finding_list(status, now, cells)
    return [cut(about(status), cells), *(row.line for row in rows)]
