"""Jira's wiki markup, which Data Center uses for texts, to Markdown and back.

Source: Jira Data Center, "Text Formatting Notation Help".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from devops_tui.integrations.jira.markdown import CODE, EM, STRIKE, STRONG, Block, Words, parse

_SIGNS = {STRONG: "*", EM: "_", STRIKE: "-"}
_FENCE = re.compile(r"\{(code|noformat)(?::([^}]*))?\}(.*)", re.DOTALL)
_HEADING = re.compile(r"h([1-6])\.[ \t]+(.*)")
_ITEM = re.compile(r"([*#-]+)[ \t]+(.*)")
_TABLE = re.compile(r"\s*\|")
_MACRO = re.compile(r"\{(panel|color|expand|info|note|tip|warning)[^}]*\}")
_IMAGE = re.compile(r"!([^!\s|]+)(\|[^!\n]*)?!")
_USER = re.compile(r"\[~([^\]\s]+)\]")
_LINK = re.compile(r"\[(?:([^|\]\n]+)\|)?((?:https?|mailto|ftp)[^\]|\s]*)(?:\|[^\]]*)?\]")
_MARKS = (
    (re.compile(r"\{\{([^{}\n]+)\}\}"), r"`\1`"),
    (re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]*?)(?<=[^\s*\\])\*(?![\w*])"), "**\\1**"),
    (re.compile(r"(?<![\w_\\])_(?=[^\s_])([^_\n]*?)(?<=[^\s_\\])_(?![\w_])"), r"*\1*"),
    (re.compile(r"(?<![\w\\-])-(?=[^\s-])([^-\n]*?)(?<=[^\s\\-])-(?![\w-])"), r"~~\1~~"),
)


def wiki_of(text: str) -> str:
    """A text as wiki markup."""
    return "\n\n".join(_block(block, "") for block in parse(text))


def markdown_of(text: object) -> tuple[str, tuple[str, ...]]:
    """Wiki markup as Markdown, and what of it Markdown does not hold."""
    if not isinstance(text, str):
        return "", ()
    losses: set[str] = set()
    made: list[str] = []
    code: list[str] | None = None
    for row in text.replace("\r\n", "\n").split("\n"):
        fence = _FENCE.fullmatch(row.strip())
        if code is not None:
            if fence is None:
                code.append(row)
                continue
            made += [*code, "```"]
            code = None
        elif fence is not None and fence[1] not in fence[3]:
            lang = (fence[2] or "").partition("|")[0]
            made.append(f"```{lang if '=' not in lang else ''}")
            code = [fence[3]] if fence[3] else []
        else:
            made.append(_row(row, losses))
    if code is not None:
        made += [*code, "```"]
    return "\n".join(made).strip(), tuple(sorted(losses))


def _row(row: str, losses: set[str]) -> str:
    if _TABLE.match(row):
        losses.add("table")
        return row
    if row.strip() == "----":
        return "---"
    if row.startswith("bq. "):
        return f"> {_inline(row[4:], losses)}"
    heading = _HEADING.fullmatch(row)
    if heading:
        return f"{'#' * int(heading[1])} {_inline(heading[2], losses)}"
    item = _ITEM.fullmatch(row)
    if item:
        depth = len(item[1]) - 1
        lead = "1. " if item[1][-1] == "#" else "- "
        return "  " * depth + lead + _inline(item[2], losses)
    return _inline(row, losses)


def _inline(text: str, losses: set[str]) -> str:
    for pattern, name in ((_MACRO, "macro"), (_IMAGE, "image"), (_USER, "mention")):
        if pattern.search(text):
            losses.add(name)
    text = _MACRO.sub("", text)
    text = _USER.sub(r"@\1", text)
    text = _IMAGE.sub(r"\1", text)
    kept: list[str] = []

    def keep(made: str) -> str:
        kept.append(made)
        return f"\x00{len(kept) - 1}\x00"

    text = _LINK.sub(lambda m: keep(f"[{m[1]}]({m[2]})" if m[1] else m[2]), text)
    for pattern, made in _MARKS:
        text = pattern.sub(made, text)
    text = re.sub(r"\\([*_{}\[\]#|!+^~?-])", lambda m: _escaped(m[1]), text)
    return re.sub(r"\x00(\d+)\x00", lambda m: kept[int(m[1])], text)


def _escaped(sign: str) -> str:
    return f"\\{sign}" if sign in "*_[]~" else sign


def _block(block: Block, lead: str) -> str:
    if block.kind == "rule":
        return "----"
    if block.kind == "heading":
        return f"h{block.level}. {_words(block.words)}"
    if block.kind == "code":
        name = f":{block.lang}" if block.lang else ""
        return f"{{code{name}}}\n{block.text}\n{{code}}"
    if block.kind == "quote":
        inner = "\n".join(_block(each, "") for each in block.blocks)
        return "\n".join(f"bq. {row}" for row in inner.split("\n") if row)
    if block.kind in ("bullets", "numbers"):
        return "\n".join(_items(block, lead))
    return _words(block.words)


def _items(block: Block, lead: str) -> Iterable[str]:
    sign = lead + ("*" if block.kind == "bullets" else "#")
    for item in block.blocks:
        first, *more = item.blocks or (Block("paragraph"),)
        yield f"{sign} {_block(first, sign)}".replace("\n", " ")
        for each in more:
            yield _block(each, sign)


def _words(words: Iterable[Words]) -> str:
    return "".join(_marked(each) for each in words)


def _marked(words: Words) -> str:
    if CODE in words.marks:
        made = f"{{{{{words.text}}}}}"
    else:
        made = re.sub(r"([\\*_{}\[\]|])", r"\\\1", words.text)
        for mark in dict.fromkeys(words.marks):
            if mark in _SIGNS:
                made = f"{_SIGNS[mark]}{made}{_SIGNS[mark]}"
    return f"[{made}|{words.href}]" if words.href else made
