"""What can be done to one card beside filing and moving it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.board import CardKind, Priority
from devops_tui.domain.card_change import CardChange
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.ids import CardId
from devops_tui.presentation.line import line

_KINDS = [kind.value for kind in CardKind]
_PRIORITIES = [priority.value for priority in Priority]


def _define_edit(parser: argparse.ArgumentParser) -> None:
    parser.description = "Change what a card says. Lists are replaced, or changed by +name,-name."
    parser.add_argument("card", metavar="CARD")
    parser.add_argument("--title", metavar="TEXT")
    parser.add_argument("--text", metavar="TEXT", help="Markdown")
    parser.add_argument("--kind", metavar="KIND", choices=_KINDS, help=", ".join(_KINDS))
    parser.add_argument("--assignee", metavar="NAMES", help="who works on it, who leads first")
    parser.add_argument("--label", metavar="NAMES", help="such as db,api or +db,-api")
    parser.add_argument(
        "--priority", metavar="PRIORITY", choices=_PRIORITIES, help=", ".join(_PRIORITIES)
    )
    parser.add_argument("--estimate", metavar="POINTS", help="a number; '' for none")
    parser.add_argument("--due", metavar="DAY", help="such as 2026-11-30; '' for none")
    blocking = parser.add_mutually_exclusive_group()
    blocking.add_argument("--block", metavar="WHY", help="it cannot go on")
    blocking.add_argument("--unblock", action="store_true", help="it can go on")
    parser.add_argument("--depends", metavar="CARDS", help="what must be done before it")
    parser.add_argument("--service", metavar="NAME", help="what it is about")
    parser.add_argument(
        "--link", metavar="KIND:NAME", help="commit, run, release, incident or host"
    )
    parser.add_argument(
        "--check", metavar="ITEM", action="append", default=[], help="add an item, or turn it"
    )
    parser.add_argument("--comment", metavar="TEXT", default="")
    parser.add_argument(
        "--reword",
        metavar="N",
        type=int,
        help="change your remark number N to what --comment says; without one, take it away",
    )
    parser.add_argument("--override", metavar="WHY", default="", help="break a rule, with a reason")
    examples(
        parser,
        "card edit SHOP-7 --assignee jun,sora --priority high --estimate 3",
        "card edit SHOP-7 --block 'waits for the bank' --label +db",
        "card edit SHOP-7 --check 'write the test' --comment 'half of it'",
    )
    parser.set_defaults(act=_edit)


def _define_archive(parser: argparse.ArgumentParser) -> None:
    parser.description = "Take a card from the board; it is kept, and undo brings it back."
    parser.add_argument("card", metavar="CARD")
    parser.set_defaults(act=_archive)


def _define_undo(parser: argparse.ArgumentParser) -> None:
    parser.description = "Take back what you did to cards last; again goes one level further."
    _define_way(parser)
    parser.set_defaults(act=_undo)


def _define_redo(parser: argparse.ArgumentParser) -> None:
    parser.description = "Do again what you took back last."
    _define_way(parser)
    parser.set_defaults(act=_redo)


def _define_way(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--override", metavar="WHY", default="", help="break a rule, with a reason")


CARD_VERBS: Sequence[tuple[str, str, Callable[[argparse.ArgumentParser], None]]] = (
    ("edit", "change what a card says", _define_edit),
    ("archive", "take a card from the board", _define_archive),
    ("undo", "take back what you did to cards last", _define_undo),
    ("redo", "do it again", _define_redo),
)
"""Name, one line, and how it is declared."""


def _edit(call: Call) -> int:
    words = call.words
    edit = CardEdit(
        title=words.title,
        text=words.text,
        kind=CardKind(words.kind) if words.kind else None,
        assignees=words.assignee,
        labels=words.label,
        priority=Priority(words.priority) if words.priority else None,
        estimate=words.estimate,
        due=words.due,
        blocked="" if words.unblock else words.block,
        depends=words.depends,
        service=words.service,
        links=words.link,
        check=tuple(words.check),
        comment=words.comment if words.reword is None else "",
        reword=None if words.reword is None else (words.reword, words.comment),
    )
    if edit == CardEdit():
        raise WrongWords("card edit: nothing is to be changed", "`card edit --help` says what can.")
    card = call.ready.edit_card(CardId(words.card), edit, override_why=words.override)
    call.out.json(card)
    call.out.lines([line((card.id, "accent"), " changed · ", card.title)])
    return Exit.OK


def _archive(call: Call) -> int:
    card = call.ready.archive_card(CardId(call.words.card))
    call.out.json(card)
    call.out.lines([line((card.id, "accent"), " archived · ", card.title)])
    return Exit.OK


def _undo(call: Call) -> int:
    return _tell(call, call.ready.undo_card(call.words.override), "undone")


def _redo(call: Call) -> int:
    return _tell(call, call.ready.redo_card(call.words.override), "done again")


def _tell(call: Call, changes: Sequence[CardChange], what: str) -> int:
    for change in changes:
        call.out.json(change)
    call.out.lines(
        line((change.card_id, "accent"), f" {what}: {change.kind} · ", change.after.title)
        for change in changes
    )
    return Exit.OK
