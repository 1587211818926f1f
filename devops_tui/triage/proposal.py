"""Writes a rule for a line that somebody marked as a cause: a draft for the catalogue."""

from __future__ import annotations

import re

from devops_tui.triage.mask import mask

_CHANGES = re.compile(r"<time>|<id>|<dir>/|\b0\b|\d[\d.,]*")
_LONGEST = 160  # characters of the line that the pattern is made of
_WILD = {"<time>": r"\S{1,40}", "<id>": r"\w{1,40}", "<dir>/": r"\S{0,60}"}


def propose_rule(text: str) -> str:
    """YAML of one rule whose pattern fits the line with other ids, numbers and folders."""
    line = " ".join(text.split())
    pattern = _pattern(mask(line)[:_LONGEST])
    name = mask(line)[:60].strip()
    return "\n".join(
        [
            "rules:",
            f"  - name: {_quoted(name)}",
            f"    patterns: [{_quoted(pattern)}]",
            "    fix: 'write here what to do'",
            f"    example: {_quoted(line[:400])}",
            "",
        ]
    )


def _pattern(masked: str) -> str:
    parts: list[str] = []
    end = 0
    for found in _CHANGES.finditer(masked):
        parts.append(_literal(masked[end : found.start()]))
        parts.append(_WILD.get(found.group(), r"\d[\d.,]{0,30}"))
        end = found.end()
    parts.append(_literal(masked[end:]))
    return "".join(parts)


def _literal(text: str) -> str:
    return re.sub(r" +", " ", re.sub(r"([\\.^$*+?{}\[\]|()])", r"\\\1", text))


def _quoted(text: str) -> str:
    """YAML's single quotes; what cannot be printed is left out."""
    return "'" + "".join(c for c in text if c.isprintable()).replace("'", "''") + "'"
