"""Parsers whose help fits 80 columns and whose complaints are errors like all others."""

from __future__ import annotations

import argparse
import shutil
from typing import NoReturn

from devops_tui.cli.errors import WrongWords
from devops_tui.cli.names import GROUPS

_COLUMNS = 80


class VerbParser(argparse.ArgumentParser):
    """The parser of one verb.

    Options are never abbreviated: a script that says `--f` would break with the next option.

    Raises:
        WrongWords: Instead of leaving the process.
    """

    def __init__(self, prog: str, *, description: str = "", add_help: bool = True) -> None:
        super().__init__(
            prog=prog,
            description=description,
            add_help=add_help,
            allow_abbrev=False,
            formatter_class=_formatter,
        )

    def error(self, message: str) -> NoReturn:
        """Raises instead of printing: one place writes errors."""
        verb = self.prog.partition(" ")[2]
        usage = " ".join(self.format_usage().split())
        raise WrongWords(f"{verb}: {message}" if verb else message, usage)


class TopParser(VerbParser):
    """The parser of all verbs; its help is laid out by what one wants to do."""

    def format_help(self) -> str:
        """The verbs in their groups."""
        rows = [
            "usage: devops-tui [WORKSPACE] [--readonly] [--theme NAME]",
            "       devops-tui VERB ...",
            "",
            "Run a service from commit to traffic without leaving the keyboard.",
            "Without a verb the screen opens; the verbs do the same without a screen.",
        ]
        for group, verbs in GROUPS.items():
            rows += ["", f"{group}:"]
            rows += [f"  {name:<13}{line}" for name, line in verbs.items()]
        rows += [
            "",
            "with every verb:",
            "  -h, --help            its words, with examples",
            "  --json                JSON lines for programs, errors too",
            "  -W, --workspace PATH  folder, file or name of the workspace;",
            "                        default: the devops.yaml here or above",
            "",
            "  --version             print the version",
            "",
            "exit codes: 0 well, 1 ended badly, 2 wrong words or configuration,",
            "  3 no such thing, 4 a rule says no, 5 no answer, 6 nobody knows",
        ]
        return "\n".join(rows) + "\n"


def _formatter(prog: str) -> argparse.HelpFormatter:
    width = min(_COLUMNS, shutil.get_terminal_size().columns)
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=30, width=width - 2)


def examples(parser: argparse.ArgumentParser, *rows: str) -> None:
    """Shows command lines at the end of a verb's help; `devops-tui` is put in front."""
    whole = (
        row if row.split(" | ")[-1].startswith("devops-tui ") else f"devops-tui {row}"
        for row in rows
    )
    parser.epilog = "examples:\n" + "\n".join(f"  {row}" for row in whole)


def common_words(parser: argparse.ArgumentParser, *, has_workspace: bool, is_inner: bool) -> None:
    """Adds --json and --workspace.

    Args:
        parser: Of a verb, or of a verb's own verb.
        has_workspace: Whether the verb speaks about a workspace.
        is_inner: Below another verb: what stands before its name is kept then.
    """
    nothing = argparse.SUPPRESS if is_inner else None
    parser.add_argument(
        "--json",
        action="store_true",
        default=nothing or False,
        help="print JSON lines, errors too",
    )
    if has_workspace:
        parser.add_argument(
            "-W",
            "--workspace",
            metavar="PATH",
            default=nothing,
            help="folder, file or name of the workspace",
        )


def count(text: str) -> int:
    """A whole number of things, at least one."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def seconds(text: str) -> float:
    """A time span in seconds, 0 or more."""
    number = float(text)
    if not 0 <= number < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return number
