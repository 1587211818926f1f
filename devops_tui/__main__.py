"""Picks a front end and imports no other."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from devops_tui import __version__
from devops_tui.cli.names import VERBS


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `devops-tui`; returns the exit code of the process."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        sys.stdout.write(f"devops-tui {__version__}\n")
        return 0
    verb = words[0] if words else ""
    if verb in ("worker", "collector") and not {"--stop", "-h", "--help"} & set(words):
        from devops_tui.worker.main import work

        return work(words)
    if verb == "demo" and not {"--headless", "--stop", "--prepare", "-h", "--help"} & set(words):
        return _demo(words[1:])
    if verb in VERBS or verb in ("-h", "--help", "--version"):
        from devops_tui.cli.main import run

        return run(words)
    from devops_tui.tui.entry import open_screen

    return open_screen(words)


def _demo(words: Sequence[str]) -> int:
    """Makes the world without a screen, then opens the screen on it."""
    from devops_tui.cli.main import run
    from devops_tui.cli.verbs.demo import folder_of

    code = run(["demo", "--prepare", *words])
    if code != 0:
        return code
    from devops_tui.tui.entry import open_screen

    return open_screen([str(folder_of(words))])


if __name__ == "__main__":
    sys.exit(main())
