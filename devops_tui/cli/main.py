"""Reads the command line, calls the verb, turns errors into exit codes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from typing import Any

from devops_tui import __version__
from devops_tui.cli.diagnostics import Exit, complain, exit_code_of, write
from devops_tui.cli.errors import Interrupted, NoFile
from devops_tui.cli.names import INTERNAL, VERBS, command_last
from devops_tui.cli.parser import TopParser, VerbParser, common_words
from devops_tui.domain.errors import ConfigError, DevopsError

_HOME = {
    **dict.fromkeys(("run", "cancel", "rerun"), "start"),
    **dict.fromkeys(("runs", "show"), "runs"),
    **dict.fromkeys(("approve", "reject", "break-glass"), "gates"),
    **dict.fromkeys(("traffic", "flip", "undo"), "traffic"),
    **dict.fromkeys(("board", "card"), "board"),
    **dict.fromkeys(("fleet", "host"), "fleet"),
    **dict.fromkeys(("triage", "events"), "triage"),
    **dict.fromkeys(("init", "check", "info"), "setup"),
    **dict.fromkeys(("worker", "collector"), "process"),
    **dict.fromkeys(("artifact", "artifacts", "where", "promote"), "artifacts"),
    "incident": "incident",
    "quarantine": "quarantine",
    "prune": "prune",
    "replay": "replay",
    "rollback": "rollback",
    "handover": "handover",
    "oncall": "oncall",
    "silence": "silence",
    "switch": "switch",
    "service": "service",
    "sprint": "sprint",
    "jira": "jira",
    "tools": "tools",
    "ci": "ci",
    "automation": "automation",
    "figures": "figures",
    **dict.fromkeys(("board-export", "board-import"), "board_file"),
    "tests": "tests",
    "resolve": "resolve",
    "completion": "completion",
    "notify-test": "notify_test",
    "log": "log",
    "shell": "shell",
    "exec": "exec",
    "trust": "trust",
    "notify": "notify",
    "stream": "stream",
    **dict.fromkeys(("changes", "compare"), "changes"),
    "demo": "demo",
}
"""Verb to the module below cli/verbs that defines it."""

Verb = Callable[[Any], int]


def build_parser(only: str | None = None) -> TopParser:
    """The parser of all verbs, or of one, so that a call imports only what it needs."""
    parser = TopParser("devops-tui")
    parser.add_argument("--version", action="version", version=f"devops-tui {__version__}")
    verbs = parser.add_subparsers(
        metavar="VERB", dest="verb", required=True, parser_class=VerbParser
    )
    for name, line in VERBS.items():
        about = line[0].upper() + line[1:] + "."
        if name in INTERNAL:  # a verb without a help is listed nowhere, nor completed
            sub = verbs.add_parser(name, description=about)
        else:
            sub = verbs.add_parser(name, description=about, help=line)
        if only is None or only == name:
            module = importlib.import_module(f"devops_tui.cli.verbs.{_HOME[name]}")
            if name != "completion":
                has_workspace = name not in ("demo", "init")
                common_words(sub, has_workspace=has_workspace, is_inner=False)
            getattr(module, f"define_{name.replace('-', '_')}")(sub)
    return parser


def run(arguments: Sequence[str]) -> int:
    """Runs one verb; returns its exit code and prints no traceback for what can go wrong.

    Args:
        arguments: The verb in front.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows "?"
    try:
        code = _answer(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        code = Exit.UNREAD
    except OSError as error:
        write(f"devops-tui: cannot write to the output: {error.strerror}")
        code = Exit.UNAVAILABLE
    else:
        return code
    from devops_tui.cli.output import discard_output

    discard_output()
    return code


def fail(error: DevopsError, arguments: Sequence[str]) -> int:
    """Says an error where people and, with --json, programs see it; its exit code."""
    code = exit_code_of(error)
    complain(error)
    if "--json" in arguments:
        from devops_tui.cli.output import Output

        out = Output(is_json=True)
        for mistake in error.mistakes if isinstance(error, ConfigError) else ():
            out.json(mistake)
        out.json({"error": error.title, "hint": error.hint, "code": int(code)})
    return code


def _answer(arguments: Sequence[str]) -> int:
    """Raises OSError only when the standard output cannot be written."""
    try:
        return _act(arguments)
    except DevopsError as error:
        return fail(error, arguments)
    except KeyboardInterrupt:
        left = "nothing of it is left" if arguments[:1] == ["demo"] else "what was started goes on"
        return fail(Interrupted(f"interrupted; {left}"), arguments)
    except SystemExit as ended:  # argparse has printed a help or the version
        return int(ended.code or 0)


def _act(arguments: Sequence[str]) -> int:
    parser = build_parser(arguments[0] if arguments and arguments[0] in VERBS else "none")
    words = parser.parse_args(command_last(arguments))
    from devops_tui.cli.call import Call
    from devops_tui.cli.output import Output

    act: Verb = words.act
    call = Call(words, Output(is_json=getattr(words, "json", False)))
    try:
        return int(act(call))
    except OSError as error:
        if error.filename is None:  # a stream, not a file: the output
            raise
        raise NoFile(f"{error.filename}: {error.strerror}", "Look at the file.") from None
    finally:
        call.close()
