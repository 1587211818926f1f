"""The board: look at it, file, move and show cards."""

from __future__ import annotations

import argparse
import sys

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import common_words, examples
from devops_tui.cli.verbs.card import CARD_VERBS
from devops_tui.domain.board import Card, CardKind, Place
from devops_tui.domain.card_query import Asker, parse
from devops_tui.domain.errors import NotFound
from devops_tui.domain.ids import CardId
from devops_tui.presentation.board import card_cell, lost_note, rules_of
from devops_tui.presentation.card import card_sheet, surroundings
from devops_tui.presentation.home import board as board_rows
from devops_tui.presentation.line import line

_PIPED_BYTES = 1 << 16


def define_board(parser: argparse.ArgumentParser) -> None:
    """Declares `board`."""
    parser.add_argument(
        "query", nargs="?", metavar="QUERY", default="", help="only the cards that it asks for"
    )
    parser.add_argument("--saved", metavar="NAME", default="", help="those of a saved filter")
    parser.add_argument("--save", metavar="NAME", default="", help="keep QUERY under a name")
    examples(parser, "board", "board 'assignee = me and label = db and not blocked'")
    parser.set_defaults(act=_board)


def define_card(parser: argparse.ArgumentParser) -> None:
    """Declares `card` and its verbs."""
    names = "add|move|edit|archive|show|undo|redo"
    verbs = parser.add_subparsers(metavar=names, dest="card_verb", required=True)
    add = verbs.add_parser("add", help="file a card in the Backlog")
    move = verbs.add_parser("move", help="move a card to a column")
    show = verbs.add_parser("show", help="show a card with its remarks")
    for inner, define in ((add, _define_add), (move, _define_move), (show, _define_show)):
        common_words(inner, has_workspace=True, is_inner=True)
        define(inner)
    for name, told, declare in CARD_VERBS:
        inner = verbs.add_parser(name, help=told)
        common_words(inner, has_workspace=True, is_inner=True)
        declare(inner)
    examples(
        parser,
        "card add 'Basket forgets the voucher' --kind bug",
        "card move SHOP-7 inwork",
        "card show SHOP-7",
        "card undo",
    )


def _define_add(parser: argparse.ArgumentParser) -> None:
    kinds = [kind.value for kind in CardKind]
    parser.description = "File a card in the Backlog."
    parser.add_argument(
        "title", nargs="?", metavar="TITLE", help="default: the first line of standard input"
    )
    parser.add_argument(
        "--kind",
        metavar="KIND",
        choices=kinds,
        help=", ".join(kinds) + " (default: request)",
    )
    parser.add_argument(
        "--text", metavar="TEXT", default="", help="default: the rest of standard input"
    )
    parser.add_argument("--template", metavar="NAME", default="", help="begins as it says")
    examples(
        parser,
        "card add 'Basket forgets the voucher' --kind bug",
        "card add 'the orders' --template restore",
        "git log -1 --format=%B | devops-tui card add --kind stability",
    )
    parser.set_defaults(act=_add)


def _define_move(parser: argparse.ArgumentParser) -> None:
    parser.description = "Move a card to a column, or within it."
    parser.add_argument("card", metavar="CARD")
    parser.add_argument(
        "column",
        metavar="COLUMN",
        help="backlog, planned, inwork, done, or a further column of the board",
    )
    parser.add_argument("--before", metavar="CARD", help="place it above this card")
    parser.add_argument(
        "--override", metavar="WHY", default="", help="break a limit, with a reason"
    )
    examples(
        parser, "card move SHOP-7 inwork", "card move SHOP-7 inwork --override 'checkout is down'"
    )
    parser.set_defaults(act=_move)


def _define_show(parser: argparse.ArgumentParser) -> None:
    parser.description = "Show a card with its remarks."
    parser.add_argument("card", metavar="CARD")
    parser.set_defaults(act=_show)


def _board(call: Call) -> int:
    front, words = call.ready, call.words
    query = words.query
    if words.save:
        front.save_filter(words.save, query)
    if words.saved:
        known = front.saved_filters()
        if words.saved not in known:
            told = ", ".join(known) or "none is saved"
            raise NotFound(f"no filter {words.saved}", f"There are: {told}.")
        query = known[words.saved]
    overview = front.overview()
    asker, wanted = Asker(front.actor, overview.at), parse(query)
    cards = tuple(card for card in overview.cards if wanted(card, asker))
    for card in cards:
        call.out.json(card)
    if query.strip():
        call.out.lines(card_cell(card, overview.at, call.out.width) for card in cards)
    else:
        call.out.lines(row.line for row in board_rows(overview, call.out.width))
        lost = lost_note(overview.cards, rules_of(overview.workspace))
        call.out.lines([lost] if lost else [])
    return Exit.OK


def _add(call: Call) -> int:
    words = call.words
    title, text = words.title, words.text
    if words.template and words.kind:
        raise WrongWords("card add: the template says the kind", "Leave --kind out.")
    if title is None and words.template and sys.stdin.isatty():
        title = ""  # the template may say it
    if title is None:
        if sys.stdin.isatty():
            raise WrongWords(
                "card add: a card needs a title", "Give it as an argument or on standard input."
            )
        title, _, rest = _piped().partition("\n")
        text = text or rest.strip()
    if words.template:
        card = call.ready.add_card_of(words.template, title, text)
    else:
        card = call.ready.add_card(title, CardKind(words.kind or CardKind.REQUEST), text)
    _tell(call, card, "filed")
    return Exit.OK


def _piped() -> str:
    """What somebody wrote into our standard input, in whatever encoding."""
    return sys.stdin.buffer.read(_PIPED_BYTES).decode("utf-8", "replace").lstrip()


def _move(call: Call) -> int:
    words = call.words
    card = call.ready.move_card(
        CardId(words.card),
        _column(call, words.column),
        before=CardId(words.before) if words.before else None,
        override_why=words.override,
    )
    _tell(call, card, "moved")
    return Exit.OK


def _column(call: Call, name: str) -> Place:
    rules = rules_of(call.ready.overview().workspace)
    found = rules.named(name)
    if found is None:
        told = ", ".join(place.value for place in rules.places)
        raise WrongWords(f"card move: the board has no column {name}", f"There are: {told}.")
    return found


def _show(call: Call) -> int:
    front = call.front
    card = front.card(CardId(call.words.card))
    call.out.json(card)
    overview = front.overview()
    around = surroundings(card, overview, front.events(subject=card.id))
    rows = card_sheet(card, around, overview.at, call.out.width)
    call.out.lines(row.line for row in rows)
    return Exit.OK


def _tell(call: Call, card: Card, what: str) -> None:
    call.out.json(card)
    call.out.lines([line((card.id, "accent"), f" {what}: {card.place} · ", card.title)])
