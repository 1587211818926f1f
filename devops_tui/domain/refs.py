"""Branches and tags: which of them a pipeline watches, and their order by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

BRANCHES = "refs/heads/"
TAGS = "refs/tags/"

_PIECE = re.compile(r"\*\*|\*|\?|[^*?]+")
_MEANING = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


def is_pattern(text: str) -> bool:
    """Whether it means several names: it has a `*` or a `?`."""
    return "*" in text or "?" in text


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern means that name: `*` and `?` stop at a slash, `**` does not."""
    return _compiled(pattern).fullmatch(name) is not None


def matching(patterns: Iterable[str], prefix: str, refs: Mapping[str, str]) -> dict[str, str]:
    """The refs below `prefix` whose name one of the patterns means, with their commits."""
    known = tuple(patterns)
    return {
        ref: commit
        for ref, commit in refs.items()
        if ref.startswith(prefix) and any(matches(p, ref[len(prefix) :]) for p in known)
    }


def short(ref: str) -> str:
    """The name of a branch or tag without what git puts in front."""
    return ref.removeprefix(BRANCHES).removeprefix(TAGS)


def is_tag(ref: str) -> bool:
    """Whether it is a tag rather than a branch."""
    return ref.startswith(TAGS)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = _PIECE.findall(pattern)
    return re.compile("".join(_MEANING.get(piece) or re.escape(piece) for piece in pieces))
