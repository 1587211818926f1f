"""Runs the app over the double: for looking at it. `python tests/tui/play.py [THEME]`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fake_front import FakeFront
from sample_world import world

from devops_tui.tui.app import Options
from devops_tui.tui.run import run_app
from devops_tui.tui.themes import own_folder

if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else "dark"
    overview = world(is_readonly="--readonly" in sys.argv)
    sys.exit(
        run_app(
            lambda: FakeFront(overview),
            Options(chosen, own_folder(), log=Path("/tmp/devops-tui-play.log")),
        )
    )
