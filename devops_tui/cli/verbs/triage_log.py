"""The probable cause in any log from anywhere; needs no workspace."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import count
from devops_tui.domain.incident import Cause
from devops_tui.presentation.line import Line, line

_CHUNK_BYTES = 1 << 20
_STDIN = "-"


def define_log_words(parser: argparse.ArgumentParser) -> None:
    """Declares the words of `triage` that are about a file."""
    parser.add_argument("--log", metavar="FILE", help="rank this failing log; - is the input")
    parser.add_argument(
        "--success",
        metavar="FILE",
        action="extend",
        nargs="+",
        default=[],
        help="with --log: logs of earlier successes of the same thing",
    )
    parser.add_argument(
        "--top", type=count, default=3, metavar="N", help="with --log: so many causes (default: 3)"
    )


def triage_log(call: Call) -> int:
    """Prints the causes, as text or as one JSON array.

    Raises:
        WrongWords: The words do not fit each other.
        OSError: A file cannot be read.
    """
    words = call.words
    if words.log is None:
        raise WrongWords("triage: --success goes with --log", "Add --log FILE.")
    if words.run:
        raise WrongWords("triage: a run or --log, not both", "Leave one of them out.")
    if [words.log, *words.success].count(_STDIN) > 1:
        raise WrongWords("triage: the input can be read once", "Give one - only.")
    from devops_tui.bootstrap.triage import make_ranking  # models are costly to import

    ranking = make_ranking(_own_rules(call))
    successes = [ranking.hash_stream(_chunks(name)) for name in words.success]
    causes = ranking.rank_stream(_chunks(words.log), successes, words.top)
    call.out.json([_as_json(cause) for cause in causes])
    call.out.lines(cause_lines(causes))
    if not causes:
        call.out.lines([line(("no line of it stands out", "muted"))])
    return Exit.OK


def cause_lines(causes: Sequence[Cause]) -> list[Line]:
    """Each cause with why it was chosen, and what to do where that is known."""
    rows: list[Line] = []
    for number, cause in enumerate(causes, 1):
        rows.append(line(f"  {number} ", (f"{cause.line:>6}  ", "muted"), cause.text))
        rows.append(line("            ", (" · ".join(cause.why), "muted")))
        if cause.fix:
            rows.append(line("            ", ("fix: ", "title"), cause.fix))
    return rows


def _own_rules(call: Call) -> Sequence[Any]:
    """The rules of the workspace that was named; none is looked for otherwise."""
    if not getattr(call.words, "workspace", None):
        return ()
    return call.workspace.rules


def _as_json(cause: Cause) -> dict[str, object]:
    return {
        "line": cause.line,
        "text": cause.text,
        "score": cause.score,
        "why": list(cause.why),
        "block": [cause.first, cause.last],
    }


def _chunks(name: str) -> Iterator[bytes]:
    """A file piece by piece; `-` is the standard input."""
    if name == _STDIN:
        yield from _read(sys.stdin.buffer)
        return
    with Path(name).open("rb") as stream:
        yield from _read(stream)


def _read(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk
