"""`silence`: keeps alerts, hosts or groups quiet until an end, lists and ends that."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.errors import Refused
from devops_tui.domain.silence import Silence, span_of
from devops_tui.presentation.line import line
from devops_tui.presentation.silences import lines


def define_silence(parser: argparse.ArgumentParser) -> None:
    """Declares `silence`."""
    parser.add_argument(
        "what",
        metavar="WHAT",
        nargs="*",
        help='alerts, hosts, groups, "ALERT@HOST", "ALERT@GROUP", or all; nothing lists them',
    )
    parser.add_argument("--for", dest="span", metavar="TIME", help="such as 90m, 4h, 1d12h")
    parser.add_argument("--until", metavar="TIME", help='such as "2026-12-24 06:00" (UTC)')
    parser.add_argument("--from", dest="since", metavar="TIME", help="begins then: maintenance")
    parser.add_argument("--end", action="store_true", help="ends it now, planned hours too")
    parser.add_argument("--why", metavar="TEXT", default="", help="the reason; needed")
    examples(
        parser,
        'silence web-1 cpu@db --for 2h --why "disk is moved"',
        'silence web --from "2026-12-24 02:00" --for 3h --why patches',
        'silence web-1 --end --why "done early"',
        "silence --json",
    )
    parser.set_defaults(act=_silence)


def _silence(call: Call) -> int:
    words = call.words
    now = call.front.overview().at
    if not words.what:
        if words.end or words.span or words.until:
            raise WrongWords("silence: nothing is named", "Name an alert, a host or a group.")
        return _say(call, list(call.front.silences()), now)
    if words.end:
        ended = [s for what in words.what for s in call.front.end_silence(what, words.why)]
        for silence in ended:
            call.out.json(silence)
        call.out.lines([line((s.what, "accent"), " opens incidents again") for s in ended])
        return Exit.OK
    since = _moment(words.since, now) if words.since else None
    until = _until(words, since or now)
    made = [call.front.silence(what, until, words.why, since) for what in words.what]
    return _say(call, made, now)


def _say(call: Call, found: list[Silence], now: datetime) -> int:
    for silence in found:
        call.out.json(silence)
    call.out.lines(lines(found, now) or [line(("nothing is silenced", "muted"))])
    return Exit.OK


def _until(words: argparse.Namespace, since: datetime) -> datetime:
    if bool(words.span) == bool(words.until):
        raise WrongWords("silence: it has no end", "Say one: --for 4h, or --until TIME.")
    if words.until:
        return _moment(words.until, since)
    span = span_of(words.span)
    if span is None:
        raise WrongWords(f"silence: no time {words.span}", "Write it like 90m, 4h or 1d12h.")
    if not span:
        raise Refused("a silence of no time", "Ask for --end to end one.")
    return since + span


def _moment(text: str, now: datetime) -> datetime:
    """A day with a time, or a time: the next one; UTC unless it says its offset."""
    try:
        if len(text) <= 5:
            clock = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day
            at = datetime.combine(now.astimezone(UTC).date(), clock, UTC)
            return at if at > now else at + timedelta(days=1)
        found = datetime.fromisoformat(text)
    except ValueError:
        todo = 'Write it like "2026-12-24 18:00" or 18:00, in UTC or with its offset.'
        raise WrongWords(f"silence: no time {text}", todo) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
