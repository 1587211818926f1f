"""A worker for tests that want to kill one: `python engine_process.py FOLDER KIND`.

Recovers what is unfinished in FOLDER and ends when nothing is left to do.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.git_repo import GitRepo
from support.job_bench import JobBench


async def work(folder: Path, kind: str) -> None:
    """Goes on with every run until all have ended."""
    bench = JobBench(folder, GitRepo(folder / "repo"), kind=kind)
    await bench.engine.recover()
    await bench.until(lambda: not bench.engine.active)
    await bench.close()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), sys.argv[2]))
