"""`handover`: the note for whoever is on call next; the draft of a post-mortem."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit, write
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.ids import IncidentId
from devops_tui.presentation.handover import hand_over_note, post_mortem_draft


def define_handover(parser: argparse.ArgumentParser) -> None:
    """Declares `handover`."""
    parser.description = (
        "Print the hand-over note as Markdown: open problems, what to watch, marked\n"
        "causes, and what was done when and by whom, as the event log has it."
    )
    parser.add_argument(
        "--hours", type=float, default=12.0, metavar="N", help="of the shift (default: 12)"
    )
    parser.add_argument(
        "--post-mortem", metavar="INCIDENT", help="the draft of a post-mortem of one problem"
    )
    parser.add_argument("--out", metavar="FILE", help="a new file, instead of the output")
    examples(
        parser,
        "handover",
        "handover --hours 8 --out monday.md",
        "handover --post-mortem INC-31 --out inc-31.md",
    )
    parser.set_defaults(act=_handover)


def _handover(call: Call) -> int:
    words = call.words
    if not 0 < words.hours <= 24 * 31:
        raise WrongWords("handover: --hours is above 0, and at most 744")
    if words.post_mortem:
        facts = call.front.post_mortem(IncidentId(words.post_mortem))
        call.out.json(facts)
        text = post_mortem_draft(facts)
    else:
        note = call.front.hand_over(words.hours)
        call.out.json(note)
        text = hand_over_note(note)
    if words.out:
        path = Path(words.out)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        write(f"written to {path}")
    elif not call.out.is_json:
        call.out.script(text)
    return Exit.OK
