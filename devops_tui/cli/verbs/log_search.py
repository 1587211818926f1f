"""`log RUN/STAGE/JOB:LINE` and `log --search`: lines that are looked for."""

from __future__ import annotations

from collections.abc import Iterable

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.domain.errors import NotFound
from devops_tui.domain.log_finder import plain_line
from devops_tui.domain.log_lines import CHUNKS_AT_ONCE, LineCutter, LogLine, LogPlace
from devops_tui.domain.log_search import Match, RunSearch
from devops_tui.domain.pipeline import ENDS
from devops_tui.presentation.ansi import coloured
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.logs import role_of


def around(call: Call, place: LogPlace) -> int:
    """Prints a line with its neighbours.

    Raises:
        NotFound: There is no such run, job or line.
    """
    view = call.front.run(place.run_id)
    if place.job_id not in view.jobs:
        known = ", ".join(sorted(view.jobs))
        raise NotFound(f"{place.run_id} has no {place.job_id}", f"There are: {known}.")
    context = call.words.context
    first, last = max(1, place.line - context), place.line + context
    cutter = LineCutter()
    found: list[LogLine] = []
    while cutter.count < last:
        after = cutter.after
        chunks = call.front.log(place.run_id, place.job_id, after=after, limit=CHUNKS_AT_ONCE)
        if not chunks:
            if view.run.state in ENDS:
                found += _between(cutter.rest(), first, last)
            break
        for chunk in chunks:
            found += _between(cutter.add(chunk), first, last)
    if not any(one.number == place.line for one in found):
        raise NotFound(
            f"{place} is beyond the end: the log has {cutter.count} lines",
            f"`devops-tui log {place.run_id}/{place.job_id}` prints it.",
        )
    digits = len(str(last))
    for one in found:
        text = plain_line(one.data)
        said = {"job": one.job_id, "host": one.host, "number": one.number, "line": text}
        call.out.json({**said, "is_wanted": one.number == place.line})
        number = f"{one.number:>{digits}}  "
        head = line(
            (f"▸{number}", "accent") if one.number == place.line else (f" {number}", "muted")
        )
        raw = one.data.decode("utf-8", "replace").rstrip("\r").rpartition("\r")[2]
        call.out.lines([(*head, *coloured(raw, role_of(text)))])
    return Exit.OK


def _between(lines: Iterable[LogLine], first: int, last: int) -> list[LogLine]:
    return [one for one in lines if first <= one.number <= last]


def search(call: Call) -> int:
    """Prints the lines of the newest runs that hold a text, newest run first.

    Returns:
        1 when there is none, as grep does.

    Raises:
        WrongWords: The text is empty.
    """
    words = call.words
    if not words.search:
        raise WrongWords("log --search: what is looked for is empty", "")
    count = 0
    for view in call.front.runs(words.pipeline, limit=words.last):
        run = RunSearch(view.run.id, words.search)
        while chunks := call.front.log(view.run.id, after=run.after, limit=CHUNKS_AT_ONCE):
            for match in run.take(chunks):
                count += 1
                _print(call, match)
        for match in run.rest():
            count += 1
            _print(call, match)
    return Exit.OK if count else Exit.FAILED


def _print(call: Call, match: Match) -> None:
    call.out.json(
        {
            "place": str(match.place),
            "run": match.place.run_id,
            "job": match.place.job_id,
            "number": match.place.line,
            "host": match.host,
            "at": match.at,
            "line": match.text,
        }
    )
    shown: Line = line((str(match.place), "accent"), "  ", match.text)
    call.out.lines([shown])
