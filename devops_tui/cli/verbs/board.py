"""The board: look at it, file, move and show cards."""

from __future__ import annotations

import argparse
import sys

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.domain.board import Card, CardKind, Column
from devops_tui.domain.errors import Refused
from devops_tui.domain.ids import CardId
from devops_tui.presentation.board import card_detail
from devops_tui.presentation.home import board as board_rows
from devops_tui.presentation.line import line

_COLUMNS = {column.value.lower(): column for column in Column}


def define_board(parser: argparse.ArgumentParser) -> None:
    """Declares `board`."""
    parser.set_defaults(act=_board)


def define_card(parser: argparse.ArgumentParser) -> None:
    """Declares `card` and its three verbs."""
    verbs = parser.add_subparsers(metavar="add|move|show", required=True)
    add = verbs.add_parser("add", help="file a card in the Backlog")
    add.add_argument("title", nargs="?", help="default: the first line of standard input")
    add.add_argument("--kind", choices=[k.value for k in CardKind], default=CardKind.REQUEST.value)
    add.add_argument("--text", default="")
    add.set_defaults(act=_add)
    move = verbs.add_parser("move", help="move a card to a column")
    move.add_argument("card")
    move.add_argument("column", type=str.lower, choices=list(_COLUMNS))
    move.add_argument("--before", metavar="CARD", help="place it above this card")
    move.add_argument("--override", metavar="WHY", default="", help="break a limit, with a reason")
    move.set_defaults(act=_move)
    show = verbs.add_parser("show", help="show a card")
    show.add_argument("card")
    show.set_defaults(act=_show)


def _board(call: Call) -> int:
    overview = call.ready.overview()
    for card in overview.cards:
        call.out.json(card)
    call.out.lines(row.line for row in board_rows(overview, call.out.width))
    return Exit.OK


def _add(call: Call) -> int:
    title, text = call.words.title, call.words.text
    if title is None:
        if sys.stdin.isatty():
            raise Refused("a card needs a title", "Give it as an argument or on standard input.")
        title, _, rest = sys.stdin.read(1 << 16).partition("\n")
        text = text or rest.strip()
    _tell(call, call.ready.add_card(title, CardKind(call.words.kind), text), "filed")
    return Exit.OK


def _move(call: Call) -> int:
    words = call.words
    card = call.ready.move_card(
        CardId(words.card),
        _COLUMNS[words.column],
        before=CardId(words.before) if words.before else None,
        override_why=words.override,
    )
    _tell(call, card, "moved")
    return Exit.OK


def _show(call: Call) -> int:
    card = call.front.card(CardId(call.words.card))
    call.out.json(card)
    now = call.front.overview().at
    call.out.lines(row.line for row in card_detail(card, now, call.out.width))
    return Exit.OK


def _tell(call: Call, card: Card, what: str) -> None:
    call.out.json(card)
    call.out.lines([line((card.id, "accent"), f" {what}: {card.column} · ", card.title)])
