"""Reads the command line, calls the verb, turns errors into exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from devops_tui import __version__
from devops_tui.cli.diagnostics import Exit, complain, exit_code_of, write
from devops_tui.cli.names import VERBS
from devops_tui.domain.errors import DevopsError

_HOME = {
    **dict.fromkeys(("run", "runs", "show", "cancel", "rerun", "approve", "reject"), "runs"),
    **dict.fromkeys(("traffic", "flip", "undo"), "traffic"),
    **dict.fromkeys(("board", "card"), "board"),
    **dict.fromkeys(("fleet", "host"), "fleet"),
    **dict.fromkeys(("triage", "events"), "triage"),
    **dict.fromkeys(("init", "check", "info", "completion"), "setup"),
    **dict.fromkeys(("worker", "collector"), "process"),
    "log": "log",
    "demo": "demo",
}
"""Verb to the module below cli/verbs that defines it."""

Verb = Callable[[Any], int]


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser of all verbs, or of one, so that a call imports only what it needs."""
    parser = argparse.ArgumentParser(
        prog="devops-tui",
        description="Run a service from commit to traffic without leaving the keyboard.",
        epilog="Without a verb the screen opens: devops-tui [WORKSPACE]. Exit codes: docs/cli.md.",
    )
    parser.add_argument("--version", action="version", version=f"devops-tui {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", dest="verb", required=True)
    for name, line in VERBS.items():
        sub = verbs.add_parser(name, help=line, description=line[0].upper() + line[1:] + ".")
        if only is None or only == name:
            module = importlib.import_module(f"devops_tui.cli.verbs.{_HOME[name]}")
            _common(sub, name)
            getattr(module, f"define_{name}")(sub)
    return parser


def _common(parser: argparse.ArgumentParser, name: str) -> None:
    if name == "completion":
        return
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    if name not in ("demo", "init"):
        parser.add_argument(
            "--workspace", "-W", metavar="PATH", help="folder, file or name of the workspace"
        )


def run(arguments: Sequence[str]) -> int:
    """Runs one verb; returns its exit code and prints no traceback for what can go wrong."""
    verb = next((a for a in arguments if not a.startswith("-")), None)
    parser = build_parser(verb if verb in VERBS else "none")
    words = parser.parse_args(arguments)
    from devops_tui.cli.call import Call
    from devops_tui.cli.output import Output

    act: Verb = words.act
    try:
        return int(act(Call(words, Output(is_json=getattr(words, "json", False)))))
    except DevopsError as error:
        complain(error)
        return int(exit_code_of(error))
    except KeyboardInterrupt:
        write("interrupted; what was started goes on")
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        # the reader went away (`| head`): nothing more can be said to it
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - until the process ends
        return int(Exit.OK)
