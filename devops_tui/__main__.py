"""Picks a front end and imports no other."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from devops_tui import __version__
from devops_tui.cli.names import VERBS, verb_first

_HELP = frozenset({"-h", "--help"})
_ABOUT_WORKERS = _HELP | {"--stop", "--list", "take-over", "install", "uninstall"}
_WITHOUT_SCREEN = _HELP | {"--headless", "--stop", "--prepare", "--json", "--info"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `devops-tui`; returns the exit code of the process."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        sys.stdout.write(f"devops-tui {__version__}\n")
        return 0
    try:
        return _front_end(verb_first(words))
    except KeyboardInterrupt:  # before a front end could take it
        return 130


def _front_end(words: Sequence[str]) -> int:
    verb = words[0] if words else ""
    if verb in ("worker", "collector") and not _ABOUT_WORKERS & set(words):
        from devops_tui.worker.main import work

        return work(words)
    if verb == "demo" and not _WITHOUT_SCREEN & set(words):
        return _demo(words[1:])
    if verb == "replay" and not _WITHOUT_SCREEN & set(words):
        return _replay(words[1:])
    if verb in VERBS or verb in _HELP | {"--version"}:
        from devops_tui.cli.main import run

        return run(words)
    return _screen(words)


def _demo(words: Sequence[str]) -> int:
    """Makes the world without a screen, then opens the screen on it."""
    from devops_tui.cli.main import run
    from devops_tui.cli.verbs.demo import folder_of

    code = run(["demo", "--prepare", *words])
    if code != 0:
        return code
    return _screen([str(folder_of(words))])


def _replay(words: Sequence[str]) -> int:
    """Opens a recording, then the screens on it."""
    from devops_tui.cli.main import fail
    from devops_tui.cli.verbs.replay import opened
    from devops_tui.domain.errors import DevopsError

    try:
        replay, theme = opened(words)
    except DevopsError as error:
        return fail(error, words)
    from devops_tui.tui.entry import open_replay

    return open_replay(replay, theme)


def _screen(words: Sequence[str]) -> int:
    from pathlib import Path

    from devops_tui.cli.unknown import why_no_screen

    wrong = why_no_screen(words, Path.cwd())
    if wrong is not None:
        from devops_tui.cli.main import fail

        return fail(wrong, words)
    from devops_tui.tui.entry import open_screen

    return open_screen(words)


if __name__ == "__main__":
    sys.exit(main())
