"""Atlassian Document Format, which Cloud uses for texts, to Markdown and back.

Source: Atlassian Document Format, structure; nodes and marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devops_tui.integrations.jira.markdown import (
    CODE,
    EM,
    STRIKE,
    STRONG,
    Block,
    Words,
    parse,
    plain,
)

_MARKS = {STRONG: "**", STRIKE: "~~", EM: "*"}
_LISTS = {"bullets": "bulletList", "numbers": "orderedList"}
_DEEPEST = 20


def adf_of(text: str) -> dict[str, Any]:
    """A text as a document."""
    return {"version": 1, "type": "doc", "content": [_node(block) for block in parse(text)]}


def markdown_of(document: Any) -> tuple[str, tuple[str, ...]]:
    """A document as Markdown, and the kinds of nodes of it that Markdown does not hold."""
    if not isinstance(document, Mapping):
        return (document if isinstance(document, str) else ""), ()
    reader = _Reader()
    text = "\n\n".join(reader.blocks(document.get("content"), 0))
    return text.strip(), tuple(sorted(reader.losses))


def _node(block: Block) -> dict[str, Any]:
    if block.kind == "rule":
        return {"type": "rule"}
    if block.kind == "heading":
        return _with_words({"type": "heading", "attrs": {"level": block.level}}, block.words)
    if block.kind == "code":
        attrs = {"attrs": {"language": block.lang}} if block.lang else {}
        content = [{"type": "text", "text": block.text}] if block.text else []
        return {"type": "codeBlock", **attrs, "content": content}
    if block.kind == "quote":
        return {"type": "blockquote", "content": _some(block.blocks)}
    if block.kind in _LISTS:
        items = [{"type": "listItem", "content": _some(item.blocks)} for item in block.blocks]
        return {"type": _LISTS[block.kind], "content": items}
    return _with_words({"type": "paragraph"}, block.words)


def _some(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """Quotes and items hold at least a paragraph."""
    return [_node(block) for block in blocks] or [{"type": "paragraph", "content": []}]


def _with_words(node: dict[str, Any], words: Iterable[Words]) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for each in words:
        for index, part in enumerate(each.text.split("\n")):
            if index:
                content.append({"type": "hardBreak"})
            if part:
                content.append(_text(part, each))
    return {**node, "content": content}


def _text(part: str, words: Words) -> dict[str, Any]:
    # code goes with links alone: whatever else it bears is left out
    kept = [CODE] if CODE in words.marks else list(dict.fromkeys(words.marks))
    marks: list[dict[str, Any]] = [{"type": mark} for mark in kept]
    if words.href:
        marks.append({"type": "link", "attrs": {"href": words.href}})
    return {"type": "text", "text": part, **({"marks": marks} if marks else {})}


class _Reader:
    """Reads one document; whatever it is made of, it ends."""

    def __init__(self) -> None:
        self.losses: set[str] = set()

    def blocks(self, content: Any, depth: int) -> list[str]:
        """The blocks of a node as Markdown."""
        if depth > _DEEPEST:
            self.losses.add("deep nesting")
            return []
        found = [self._block(node, depth) for node in _nodes(content)]
        return [text for text in found if text]

    def _block(self, node: Mapping[str, Any], depth: int) -> str:
        kind = str(node.get("type"))
        attrs = node.get("attrs")
        attrs = attrs if isinstance(attrs, Mapping) else {}
        content = node.get("content")
        if kind == "paragraph":
            return self._words(content)
        if kind == "heading":
            level = attrs.get("level")
            level = level if isinstance(level, int) and 1 <= level <= 6 else 1
            return f"{'#' * level} {self._words(content)}"
        if kind == "rule":
            return "---"
        if kind == "codeBlock":
            said = "".join(str(n.get("text", "")) for n in _nodes(content))
            return f"```{attrs.get('language') or ''}\n{said}\n```"
        if kind == "blockquote":
            rows = "\n\n".join(self.blocks(content, depth + 1)).split("\n")
            return "\n".join(f"> {row}".rstrip() for row in rows)
        if kind in ("bulletList", "orderedList"):
            return self._list(content, depth, is_numbered=kind == "orderedList")
        return self._unknown(kind, node, depth)

    def _list(self, content: Any, depth: int, *, is_numbered: bool) -> str:
        rows = []
        for index, item in enumerate(_nodes(content), start=1):
            lead = f"{index}. " if is_numbered else "- "
            inner = "\n".join(self.blocks(item.get("content"), depth + 1)).split("\n")
            rows.append(lead + inner[0])
            rows += [" " * len(lead) + row if row else "" for row in inner[1:]]
        return "\n".join(rows)

    def _unknown(self, kind: str, node: Mapping[str, Any], depth: int) -> str:
        """What it says stays, how it looks does not."""
        self.losses.add(kind)
        if "text" in node or kind in _INLINE:
            return self._words([node])
        return "\n\n".join(self.blocks(node.get("content"), depth + 1))

    def _words(self, content: Any) -> str:
        return "".join(self._inline(node) for node in _nodes(content))

    def _inline(self, node: Mapping[str, Any]) -> str:
        kind = str(node.get("type"))
        attrs = node.get("attrs")
        attrs = attrs if isinstance(attrs, Mapping) else {}
        if kind == "hardBreak":
            return "\n"
        if kind == "text":
            return self._marked(node)
        self.losses.add(kind)
        for name in ("text", "shortName", "url", "timestamp"):
            if attrs.get(name):
                return plain(str(attrs[name]))
        return self._words(node.get("content"))

    def _marked(self, node: Mapping[str, Any]) -> str:
        said = str(node.get("text", ""))
        marks = [str(m.get("type")) for m in _nodes(node.get("marks"))]
        href = next(
            (
                str(m["attrs"].get("href", ""))
                for m in _nodes(node.get("marks"))
                if m.get("type") == "link" and isinstance(m.get("attrs"), Mapping)
            ),
            "",
        )
        self.losses.update(m for m in marks if m not in (*_MARKS, CODE, "link"))
        if CODE in marks and "`" not in said:
            made = f"`{said}`"
        else:
            made = plain(said)
            for mark in (m for m in marks if m in _MARKS):
                made = _around(made, _MARKS[mark])
        return f"[{made}]({href})" if href and not any(c.isspace() for c in href) else made


_INLINE = frozenset({"mention", "emoji", "inlineCard", "date", "status", "text", "hardBreak"})


def _around(text: str, sign: str) -> str:
    """Signs stand at the words: blanks at the ends stay outside."""
    core = text.strip()
    if not core:
        return text
    lead = text[: len(text) - len(text.lstrip())]
    rest = text[len(text.rstrip()) :]
    return f"{lead}{sign}{core}{sign}{rest}"


def _nodes(content: Any) -> list[Mapping[str, Any]]:
    return [n for n in content if isinstance(n, Mapping)] if isinstance(content, list) else []
