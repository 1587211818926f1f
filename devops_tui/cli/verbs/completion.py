"""Completion scripts of shells."""

from __future__ import annotations

import argparse
from typing import Any

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples

_SHELLS = ("bash", "zsh", "tcsh")


def define_completion(parser: argparse.ArgumentParser) -> None:
    """Declares `completion`."""
    parser.add_argument("shell", metavar="SHELL", choices=_SHELLS, help=", ".join(_SHELLS))
    examples(
        parser,
        "completion bash > ~/.devops-tui.bash  # and source it in ~/.bashrc",
        "completion zsh > ~/.zsh/completions/_devops-tui",
    )
    parser.set_defaults(act=_completion)


def _completion(call: Call) -> int:
    import shtab

    from devops_tui.cli.main import build_parser

    parser = build_parser()
    _complete_paths(parser, shtab.FILE)
    call.out.script(shtab.complete(parser, shell=call.words.shell) + "\n")
    return Exit.OK


def _complete_paths(parser: argparse.ArgumentParser, files: Any) -> None:
    """Says of every word that is a path that the shell shall complete files there."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                _complete_paths(inner, files)
        elif action.metavar in ("PATH", "FILE", "FOLDER"):
            action.complete = files  # type: ignore[attr-defined]
