"""What tools print for people, read by patterns."""

from __future__ import annotations

import math
import re
from typing import BinaryIO

from devops_tui.domain.errors import BadReport

MAX_BYTES = 4 << 20


def read_text(stream: BinaryIO, file: str) -> str:
    """All of it, with what is not UTF-8 replaced.

    Raises:
        BadReport: It is too large to be what a tool prints.
    """
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise BadReport(file, 1, f"larger than {MAX_BYTES >> 20} MiB")
    return data.decode("utf-8", "replace")


def number(pattern: re.Pattern[str], text: str) -> float | None:
    """The first group of the first match, as a number; None when there is none."""
    found = pattern.search(text)
    return parse_number(found.group(1)) if found else None


def parse_number(text: str) -> float | None:
    """A plain number, not negative; None for anything else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value < 1e15 else None
