"""Markdown as blocks and spans: what lies between a card's text and Jira's two formats."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

STRONG, EM, CODE, STRIKE = "strong", "em", "code", "strike"

_HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
_RULE = re.compile(r" {0,3}([-*_])([ \t]*\1){2,}[ \t]*")
_FENCE = re.compile(r"```[ \t]*([\w+#.-]*)[ \t]*")
_ITEM = re.compile(
    r"(?P<indent>[ \t]*)(?:(?P<bullet>[-*+])|(?P<number>\d{1,9})[.)])[ \t]+(?P<rest>.*)"
)
_QUOTE = re.compile(r">[ ]?(.*)")
_INLINE = re.compile(
    r"\\(?P<escaped>[\\`*_~\[\]()#>+.!-])"
    r"|`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<strong>(?=\S).+?(?<=\S))\*\*"
    r"|~~(?P<strike>(?=\S).+?(?<=\S))~~"
    r"|(?<!\w)\*(?P<em>(?=[^\s*])[^*\n]*?(?<=[^\s*]))\*(?!\w)"
    r"|(?<!\w)_(?P<em2>(?=[^\s_])[^_\n]*?(?<=[^\s_]))_(?!\w)"
    r"|\[(?P<name>[^\]\n]+)\]\((?P<address>[^)\s]+)\)"
)


@dataclass(frozen=True, slots=True)
class Words:
    """A run of text of one look; `href` makes it a link."""

    text: str
    marks: tuple[str, ...] = ()
    href: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text.

    Attributes:
        kind: "paragraph", "heading", "code", "quote", "bullets", "numbers", "item", "rule".
        level: Of a heading, 1 to 6.
        text: Of code, as it stands; `lang` names its language.
    """

    kind: str
    words: tuple[Words, ...] = ()
    blocks: tuple[Block, ...] = field(default=())
    level: int = 0
    text: str = ""
    lang: str = ""


def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a text; whatever is no Markdown is a paragraph."""
    return tuple(_blocks(text.replace("\r\n", "\n").split("\n")))


def _blocks(rows: Sequence[str]) -> list[Block]:
    found: list[Block] = []
    at = 0
    while at < len(rows):
        row = rows[at]
        fence = _FENCE.fullmatch(row.strip())
        heading = _HEADING.fullmatch(row)
        if not row.strip():
            at += 1
        elif fence:
            block, at = _code(rows, at + 1, fence[1])
            found.append(block)
        elif _RULE.fullmatch(row):
            found.append(Block("rule"))
            at += 1
        elif heading:
            found.append(Block("heading", spans(heading[2].strip()), level=len(heading[1])))
            at += 1
        elif _QUOTE.fullmatch(row):
            end = _end(rows, at, lambda r: _QUOTE.fullmatch(r) is not None)
            inner = [r[1:].removeprefix(" ") for r in rows[at:end]]
            found.append(Block("quote", blocks=tuple(_blocks(inner))))
            at = end
        elif _ITEM.fullmatch(row):
            block, at = _list(rows, at)
            found.append(block)
        else:
            end = _end(rows, at + 1, lambda r: not _begins(r))
            said = "\n".join(r.strip() for r in rows[at:end])
            found.append(Block("paragraph", spans(said)))
            at = end
    return found


def _begins(row: str) -> bool:
    """Whether a row ends the paragraph before it."""
    return (
        not row.strip()
        or any(pattern.fullmatch(row) for pattern in (_RULE, _HEADING, _QUOTE, _ITEM))
        or _FENCE.fullmatch(row.strip()) is not None
    )


def _end(rows: Sequence[str], at: int, goes_on: Callable[[str], bool]) -> int:
    while at < len(rows) and goes_on(rows[at]):
        at += 1
    return at


def _code(rows: Sequence[str], at: int, lang: str) -> tuple[Block, int]:
    end = _end(rows, at, lambda r: r.strip() != "```")
    return Block("code", text="\n".join(rows[at:end]), lang=lang), end + 1


def _list(rows: Sequence[str], at: int) -> tuple[Block, int]:
    """A list with everything that is indented below its items."""
    items: list[Block] = []
    first = _ITEM.fullmatch(rows[at])
    width = _indent(rows[at])
    is_bullets = first is not None and first["bullet"] is not None
    while at < len(rows):
        item = _ITEM.fullmatch(rows[at])
        if item is None or _indent(rows[at]) != width:
            break
        if (item["bullet"] is not None) != is_bullets:
            break
        inner = [item["rest"]]
        at += 1
        while at < len(rows) and _is_inside(rows, at, width):
            inner.append(rows[at][min(_indent(rows[at]), width + 2) :])
            at += 1
        items.append(Block("item", blocks=tuple(_blocks(inner))))
    return Block("bullets" if is_bullets else "numbers", blocks=tuple(items)), at


def _is_inside(rows: Sequence[str], at: int, width: int) -> bool:
    row = rows[at]
    if row.strip():
        return _indent(row) > width
    following = next((r for r in rows[at + 1 :] if r.strip()), "")
    return bool(following) and _indent(following) > width


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip(" \t"))


def spans(text: str, marks: tuple[str, ...] = (), href: str = "") -> tuple[Words, ...]:
    """What a line means: marks, links and plain text; a line break stays in it."""
    found: list[Words] = []
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            found.append(Words(text[at : match.start()], marks, href))
        found += _span(match, marks, href)
        at = match.end()
    if at < len(text):
        found.append(Words(text[at:], marks, href))
    return _joined(found)


def _span(match: re.Match[str], marks: tuple[str, ...], href: str) -> list[Words]:
    if match["escaped"]:
        return [Words(match["escaped"], marks, href)]
    if match["code"]:
        return [Words(match["code"], (*marks, CODE), href)]
    if match["name"]:
        return list(spans(match["name"], marks, match["address"]))
    for name, mark in (("strong", STRONG), ("strike", STRIKE), ("em", EM), ("em2", EM)):
        if match[name]:
            return list(spans(match[name], (*marks, mark), href))
    return [Words(match[0], marks, href)]


def _joined(found: Sequence[Words]) -> tuple[Words, ...]:
    made: list[Words] = []
    for each in found:
        if made and (made[-1].marks, made[-1].href) == (each.marks, each.href):
            made[-1] = Words(made[-1].text + each.text, each.marks, each.href)
        else:
            made.append(each)
    return tuple(made)


def plain(text: str) -> str:
    """A text of another tool such that Markdown means nothing by it."""
    if spans(text) != (Words(text),) and text:
        text = re.sub(r"([\\`*_~\[\]])", r"\\\1", text)
    rows = text.split("\n")
    return "\n".join(_plain_row(row) for row in rows)


def _plain_row(row: str) -> str:
    if not row.strip() or not _begins(row):
        return row
    number = re.match(r"(\s*\d+)([.)].*)", row, re.DOTALL)
    if number:
        return f"{number[1]}\\{number[2]}"
    lead = _indent(row)
    return f"{row[:lead]}\\{row[lead:]}"
