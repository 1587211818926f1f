"""The app over the double, as a program for a real terminal: `in_terminal.py WHAT LOG`.

WHAT is "calm", "hostile", "crash" (a key's handler raises), "thread" (a thread raises),
"stuck" (the house does not answer), "refused" (it cannot be opened) or "welcome".
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fake_front import FakeFront
from hostile_texts import hostile_world
from sample_world import world

from devops_tui.domain.errors import StoreUnsupported
from devops_tui.domain.view import Overview
from devops_tui.presentation.glyphs import wants_ascii
from devops_tui.tui.app import DevopsApp, Options
from devops_tui.tui.run import run_app, run_welcome


class _Stuck(FakeFront):
    _reads = 0

    def overview(self) -> Overview:
        self._reads += 1
        return super().overview()

    def version(self) -> int:
        if self._reads:
            threading.Event().wait(60)  # a disk that does not answer
        return super().version()


def _refused() -> NoReturn:
    raise StoreUnsupported("the store is on a network file system", "Move the state folder.")


def _crash(app: DevopsApp) -> NoReturn:
    secret = "PLANTED-LOCAL"
    raise RuntimeError(f"a fault that was planted, {len(secret)}")


def _thread_crash(app: DevopsApp) -> None:
    def fault() -> NoReturn:
        raise RuntimeError("a fault in a thread")

    threading.Thread(target=fault).start()


def main(what: str, log: Path) -> int:
    """Runs it; the exit code."""
    options = Options(log=log, is_ascii=wants_ascii(os.environ))
    if what == "welcome":
        code, chosen = run_welcome(options)
        sys.stdout.write(f"chosen {chosen}\n")
        return code
    if what == "refused":
        return run_app(_refused, options)
    if what == "crash":
        DevopsApp.action_pause = _crash  # type: ignore[method-assign, assignment]
    if what == "thread":
        DevopsApp.action_pause = _thread_crash  # type: ignore[method-assign, assignment]
    overview: Overview = hostile_world() if what == "hostile" else world()
    front = _Stuck(overview) if what == "stuck" else FakeFront(overview)
    return run_app(lambda: front, options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
