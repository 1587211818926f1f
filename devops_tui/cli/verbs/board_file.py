"""The board to a file, and a file to the board."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.parser import examples
from devops_tui.domain.board_file import ImportReport
from devops_tui.domain.board_formats import READERS, WRITERS
from devops_tui.domain.errors import NotFound
from devops_tui.presentation.line import Line, Role, line

_ENDINGS = {".csv": "csv", ".json": "json", ".md": "markdown", ".markdown": "markdown"}
_MOST_BYTES = 64 << 20
_ROLES: dict[str, Role] = {
    "added": "ok",
    "changed": "ok",
    "conflict": "warning",
    "refused": "failed",
}


def define_board_export(parser: argparse.ArgumentParser) -> None:
    """Declares `board export`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="default: standard output")
    parser.add_argument("--archived", action="store_true", help="with what was archived")
    _define_format(parser)
    examples(parser, "board-export board.md", "board-export --format csv > board.csv")
    parser.set_defaults(act=_export)


def define_board_import(parser: argparse.ArgumentParser) -> None:
    """Declares `board import`."""
    parser.add_argument("file", metavar="FILE", help="- for standard input")
    _define_format(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")
    examples(parser, "board-import board.md --dry-run", "board-import trello.json")
    parser.set_defaults(act=_import)


def _define_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        choices=list(WRITERS),
        help=f"{', '.join(WRITERS)} (default: by the file's ending)",
    )


def _export(call: Call) -> int:
    words = call.words
    named = words.file if words.file != "-" else None
    text = WRITERS[_format(words.format, named or "")](
        call.front.export_cards(is_whole=words.archived)
    )
    data = text.encode("utf-8", "replace")
    if named is None:
        call.out.raw(data)
    else:
        Path(named).write_bytes(data)
        call.out.json({"file": named})
        call.out.lines([line(("written: ", "muted"), named)])
    return Exit.OK


def _import(call: Call) -> int:
    words = call.words
    read = READERS[_format(words.format, words.file)]
    cards = read(_read(words.file))
    report = call.ready.import_cards(cards, is_dry=words.dry_run)
    call.out.json(report)
    call.out.lines(_lines(report))
    return Exit.OK if report.is_clean else Exit.FAILED


def _format(named: str | None, file: str) -> str:
    found = named or _ENDINGS.get(Path(file).suffix.lower(), "")
    if not found:
        raise WrongWords("board: in which format?", f"Say --format {'|'.join(WRITERS)}.")
    return found


def _read(name: str) -> str:
    if name == "-":
        data = sys.stdin.buffer.read(_MOST_BYTES + 1)
    else:
        path = Path(name)
        if not path.is_file():
            raise NotFound(f"no file {name}", "Look at its name.")
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise WrongWords("board import: more than 64 MiB", "Import it in parts.")
    return data.decode("utf-8-sig", "replace")


def _lines(report: ImportReport) -> list[Line]:
    made = [
        line(
            (f"{one.what:9}", _ROLES.get(one.what, "muted")),
            (one.card_id or "-", "accent"),
            f" {one.title}",
            (f" · {one.told}" if one.told else "", "muted"),
        )
        for one in report.outcomes
        if one.what != "same"
    ]
    same = sum(1 for one in report.outcomes if one.what == "same")
    told = f"{same} as they are" + (" · a dry run: nothing was changed" if report.is_dry else "")
    return [*made, line((told, "muted"))]
