"""Labels of a worker as its command line gives them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from devops_tui.domain.errors import Refused

LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(=[A-Za-z0-9_.-]+)?\Z")


def labels_of(words: Sequence[str]) -> tuple[str, ...]:
    """Each once, in order of the alphabet.

    Raises:
        Refused: One is no label.
    """
    for word in words:
        if not LABEL.match(word):
            raise Refused(f"{word!r} is no label", "Write it like linux or region=eu.")
    return tuple(sorted(set(words)))
