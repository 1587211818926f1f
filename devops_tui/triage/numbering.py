"""Counts lines as editors do: a carriage return without a line feed ends a line, too.

The house counts line feeds only, so that a progress bar is one line; whoever opens the
file elsewhere finds a cause by the editor's number.
"""

from __future__ import annotations


def lone_returns(data: bytes) -> int:
    """How many carriage returns end a line by themselves."""
    return data.count(b"\r") - data.count(b"\r\n")


def returns_before(data: bytes, index: int) -> int:
    """Those before the visible part of a line: what is after its own last return.

    Args:
        data: Whole lines.
        index: Of the line among them, from 0.
    """
    lines = data.split(b"\n", index + 1)
    before = sum(lone_returns(line + b"\n") for line in lines[:index])
    return before + lines[index].rstrip(b"\r ").count(b"\r")
