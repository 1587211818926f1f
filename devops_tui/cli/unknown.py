"""Words that name neither a verb nor a workspace."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from devops_tui.bootstrap.paths import find_workspace
from devops_tui.cli.errors import WrongWords
from devops_tui.cli.names import INTERNAL, VERBS


def why_no_screen(words: Sequence[str], folder: Path) -> WrongWords | None:
    """Why the words cannot be `[WORKSPACE]` of the screen; None when they can.

    A word with a slash is a path for sure, an option is the screen's own.
    """
    word = next(iter(words), "")
    if not word or word.startswith("-") or "/" in word:
        return None
    if find_workspace(word, folder) is not None:
        return None
    near = difflib.get_close_matches(word, [v for v in VERBS if v not in INTERNAL], 3, 0.6)
    hint = "`devops-tui --help` lists the verbs."
    if near:
        hint = f"Did you mean {' or '.join(f'`{verb}`' for verb in near)}? {hint}"
    return WrongWords(f"there is neither a verb nor a workspace `{word}`", hint)
