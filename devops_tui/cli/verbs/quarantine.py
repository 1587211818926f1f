"""`quarantine`: takes a test out of verdicts until an end, lists and ends that."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.quarantine import Quarantine
from devops_tui.domain.silence import span_of
from devops_tui.presentation.line import Line, line


def define_quarantine(parser: argparse.ArgumentParser) -> None:
    """Declares `quarantine`."""
    parser.add_argument(
        "test", metavar="TEST", nargs="?", help="its whole id, as `tests` prints it; none lists"
    )
    parser.add_argument("--for", dest="span", metavar="TIME", help="such as 12h, 7d; 90d at most")
    parser.add_argument(
        "--until", metavar="DAY", help="such as 2026-04-01: that day as a whole, UTC"
    )
    parser.add_argument("--pipeline", metavar="NAME", default="", help="only there")
    parser.add_argument("--end", action="store_true", help="it fails its job again from now on")
    parser.add_argument("--why", metavar="TEXT", default="", help="the reason; needed")
    examples(
        parser,
        'quarantine pytest::tests.cart::total --for 7d --why "for SHOP-31"',
        'quarantine pytest::tests.cart::total --end --why "mended in 4f1a"',
        "quarantine --json",
    )
    parser.set_defaults(act=_quarantine)


def _quarantine(call: Call) -> int:
    words = call.words
    if not words.test:
        if words.end or words.span or words.until:
            raise WrongWords("quarantine: no test is named", "`devops-tui tests` prints their ids.")
        return _say(call, call.front.quarantines())
    if words.end:
        ended = call.front.end_quarantine(words.test, words.why)
        for each in ended:
            call.out.json(each)
        call.out.lines([line((q.test, "accent"), " fails its job again") for q in ended])
        return Exit.OK
    until = _until(words, call.front.overview().at)
    return _say(call, [call.front.quarantine(words.test, until, words.why, words.pipeline)])


def _say(call: Call, found: Sequence[Quarantine]) -> int:
    for each in found:
        call.out.json(each)
    call.out.lines([_line(q) for q in sorted(found, key=lambda q: q.until)])
    if not found:
        call.out.lines([line(("no test is in quarantine", "muted"))])
    return Exit.OK


def _line(each: Quarantine) -> Line:
    who = f" by {each.actor}" if each.actor else " in devops.yaml"
    where = f" in {each.pipeline}" if each.pipeline else ""
    until = f" until {each.until:%Y-%m-%d %H:%M} UTC{who}{where}: "
    return line((each.test, "accent"), (until, "muted"), each.why)


def _until(words: argparse.Namespace, now: datetime) -> datetime:
    if bool(words.span) == bool(words.until):
        raise WrongWords("quarantine: it has no end", "Say one: --for 7d, or --until DAY.")
    if words.span:
        span = span_of(words.span)
        if not span:
            raise WrongWords(f"quarantine: no time {words.span}", "Write it like 12h or 7d.")
        return now + span
    try:
        day = datetime.strptime(words.until, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        todo = "Write it like 2026-04-01."
        raise WrongWords(f"quarantine: no day {words.until}", todo) from None
    return day + timedelta(days=1)
