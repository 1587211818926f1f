"""Channels: a message that shows whether one works."""

from __future__ import annotations

import argparse

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.parser import examples
from devops_tui.domain.audit import Verb
from devops_tui.domain.errors import NotFound
from devops_tui.presentation.line import line

_SENT_S = 60.0


def define_notify_test(parser: argparse.ArgumentParser) -> None:
    """Declares `notify-test`."""
    parser.description = (
        "Tell one message on a channel of `notify:`, at once. The worker sends it, with\n"
        "the secrets that it would use for a real one."
    )
    parser.add_argument("channel", metavar="CHANNEL")
    examples(parser, "notify-test chat")
    parser.set_defaults(act=_notify_test)


def _notify_test(call: Call) -> int:
    known = [channel.name for channel in call.workspace.notify.channels]
    if call.words.channel not in known:
        there = f"There are: {', '.join(known)}." if known else "Add `notify:` to devops.yaml."
        raise NotFound(f"no channel {call.words.channel}", there)
    ended = call.ask(Verb.NOTIFY_TEST, call.words.channel, "", {}, _SENT_S)
    call.out.json({"channel": call.words.channel, "request": ended.id})
    call.out.lines([line(("told: ", "ok"), f"{call.words.channel} took a test message")])
    return Exit.OK
