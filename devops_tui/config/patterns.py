"""Reads a regular expression before it is used: can it run away, and which text does it need?

A rule's pattern meets lines that anybody can write. So patterns that can take a time that
grows exponentially are refused, and so are those without any fixed text: fixed text is
searched for first, over a whole log at once.

Source: "re", section "Regular Expression Syntax"; the parse tree is the one `re` makes itself.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Sequence
from typing import Any

LONGEST_PATTERN = 500
SHORTEST_MARK = 3
_WIDE = 64  # a repeat that may take so many more times than it must
_WIDE_AT_MOST = 3
_BACK = ("GROUPREF", "GROUPREF_EXISTS", "GROUPREF_IGNORE")
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT")


class BadPattern(Exception):
    """A pattern that must not be used; `todo` says what to write instead."""

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo


def marks_of(pattern: str) -> tuple[str, ...]:
    """Pieces of text, in lower case, one of which is in everything that the pattern matches.

    Raises:
        BadPattern: It is invalid, may run away, or needs no fixed text.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise BadPattern("the pattern is too long", f"write at most {LONGEST_PATTERN} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
            # the parser of `re` has no public name; a test fails where a version moves it
            tree = list(importlib.import_module("re._parser").parse(pattern))
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise BadPattern(f"not a pattern: {error}", "correct it; write \\( for a bracket") from None
    if compiled.match("") is not None:
        raise BadPattern("the pattern matches every line", "write the words of the line")
    _check_repeats(tree)
    if _wide(tree) > _WIDE_AT_MOST:
        raise BadPattern("too many open repeats", "bound them, like .{0,40}; at most 3 are open")
    found = _required(tree)
    if not found or min(map(len, found)) < SHORTEST_MARK:
        todo = f"write {SHORTEST_MARK} or more letters that are always there"
        raise BadPattern("no fixed text in the pattern", todo)
    return found


def _check_repeats(tree: Sequence[Any], *, is_inside: bool = False) -> None:
    was_wide = False
    for op, value in tree:
        name = str(op)
        is_wide = False
        if name in _BACK:
            raise BadPattern("the pattern refers back to a group", "leave the reference out")
        if name == "BRANCH":
            if is_inside:
                raise BadPattern("a choice inside a repeat can run away", "write it once")
            for branch in value[1]:
                _check_repeats(branch)
        elif name in _REPEATS:
            is_wide = _is_wide(value)
            _check_repeat(value, is_inside, is_wide and was_wide)
        else:
            for body in _bodies(name, value):
                _check_repeats(body, is_inside=is_inside)
        was_wide = is_wide


def _check_repeat(value: Any, is_inside: bool, is_second: bool) -> None:
    low, high, body = value
    if is_inside and int(high) > 1 and int(high) != int(low):
        todo = "write one class, like [\\w.]+ for (\\w+\\.)+"
        raise BadPattern("a repeat inside a repeat can run away", todo)
    if is_second:
        raise BadPattern("two open repeats in a row can run away", "keep one of them")
    _check_repeats(body, is_inside=is_inside or int(high) > 1)


def _is_wide(value: Any) -> bool:
    return int(value[1]) - int(value[0]) > _WIDE


def _wide(tree: Sequence[Any]) -> int:
    count = 0
    for op, value in tree:
        name = str(op)
        if name in _REPEATS:
            count += _is_wide(value)
            count += _wide(value[2])
        elif name == "BRANCH":
            count += max((_wide(branch) for branch in value[1]), default=0)
        else:
            count += sum(_wide(body) for body in _bodies(name, value))
    return count


def _bodies(name: str, value: Any) -> list[Sequence[Any]]:
    if name == "SUBPATTERN":
        return [value[-1]]
    if name in ("ASSERT", "ASSERT_NOT"):
        return [value[1]]
    return [value] if name == "ATOMIC_GROUP" else []


def _required(tree: Sequence[Any]) -> tuple[str, ...]:
    """Of the pieces of text that are needed one after the other, the one that tells most."""
    choices: list[tuple[str, ...]] = []
    run = ""
    for op, value in [*_flat(tree), ("END", None)]:
        letter = _letter(str(op), value)
        if letter:
            run += letter
            continue
        choices.append((run,))
        run = ""
        if str(op) == "BRANCH":
            parts = [_required(branch) for branch in value[1]]
            if all(parts):
                choices.append(tuple(dict.fromkeys(p for part in parts for p in part)))
        elif str(op) in _REPEATS and value[0] >= 1:
            choices.append(_required(value[2]))
    best = max(choices, key=lambda choice: min(map(len, choice), default=0))
    return tuple(piece for piece in best if piece)


def _flat(tree: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Groups that are there once are read through."""
    flat: list[tuple[Any, Any]] = []
    for op, value in tree:
        if str(op) in ("SUBPATTERN", "ATOMIC_GROUP"):
            flat.extend(_flat(_bodies(str(op), value)[0]))
        elif str(op) != "AT":
            flat.append((op, value))
    return flat


def _letter(name: str, value: Any) -> str:
    """The one character that stands there, in lower case; empty where it may be several."""
    if name == "LITERAL":
        return chr(value).lower()
    if name == "IN" and all(str(op) == "LITERAL" for op, _ in value):
        letters = {chr(code).lower() for _, code in value}
        return letters.pop() if len(letters) == 1 else ""
    return ""
