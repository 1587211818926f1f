"""Makes the pictures of this folder from the real app over a living demo world.

Run by hand: `python docs/screens/make.py`. Needs rsvg-convert for the PNG files.
The world is made in a temporary folder and ended afterwards.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from devops_tui.bootstrap.paths import find_workspace
from devops_tui.bootstrap.session import open_session
from devops_tui.demo import world
from devops_tui.domain.pipeline import State
from devops_tui.ports.front import Front
from devops_tui.tui.app import DevopsApp, Options

HERE = Path(__file__).parent
SIZES = ((80, 24), (200, 50))
THEMES = ("dark", "light")
KEYS = {
    "home": ["1"],
    "pipelines": ["2"],
    "releases": ["3"],
    "board": ["4"],
    "fleet": ["5"],
    "incidents": ["6", "enter"],
    "figures": ["7"],
    "audit": ["8"],
    "artifacts": ["2", "A"],
    "run": ["2", "enter"],
    "host": ["5", "enter", "t"],
    "help": ["1", "question_mark"],
}
PATIENCE_S = 120.0


def main() -> int:
    """Makes every picture; returns the exit code."""
    folder = Path(tempfile.mkdtemp(prefix="devops-tui-screens-"))
    made = world.open_or_make(folder / "demo")
    try:
        paths = find_workspace(str(made.plan.folder), folder)
        if paths is None:
            return 1
        front = open_session(paths)
        _live(front)
        front.close()
        for theme in THEMES:
            for size in SIZES:
                asyncio.run(_draw(lambda: open_session(paths), theme, size))
    finally:
        world.stop(made.plan.folder)
    return 0


def _live(front: Front) -> None:
    """Lets the world live until there is something of everything to see."""

    def is_lively() -> bool:
        overview = front.overview()
        states = {view.run.plan.pipeline: view.run.state for view in overview.runs[::-1]}
        return (
            states.get("shop") is State.ASKING
            and bool(overview.incidents)
            and all(len(f.cpu_trend) > 20 for f in overview.frames.values())
        )

    deadline = time.monotonic() + PATIENCE_S
    while not is_lively():
        if time.monotonic() > deadline:
            raise TimeoutError("the world did not come to life")
        front.beat("home")
        time.sleep(0.2)


async def _draw(open_front: Callable[[], Front], theme: str, size: tuple[int, int]) -> None:
    app = DevopsApp(open_front, Options(theme=theme))
    async with app.run_test(size=size, notifications=True) as pilot:
        for name, keys in KEYS.items():
            await pilot.press(*keys)
            await asyncio.sleep(2.5)  # live figures come twice a second
            await pilot.pause()
            target = HERE / f"{name}-{size[0]}x{size[1]}-{theme}.png"
            _save(app.export_screenshot(title="devops-tui"), target)
            if name == "help":
                await pilot.press("escape")
        app.exit()


def _save(svg: str, target: Path) -> None:
    # the picture's fonts are this machine's; what the file would fetch is left out
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono")
    svg = svg.replace("<text ", '<text xml:space="preserve" ')  # rsvg drops blanks otherwise
    subprocess.run(
        ["rsvg-convert", "--zoom", "0.6", "-o", str(target)],  # noqa: S607 - from PATH
        input=svg.encode(),
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
