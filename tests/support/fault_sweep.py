"""Plans and runs a sweep: which points die in which release, and what came of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from devops_tui.domain.pipeline import Run
from support.fault_checks import wrongs
from support.fault_site import FAILS, SHIP, FaultSite

Say = Callable[[str], None]

CHAIN = 8
"""So many workers die in one release, one after the other."""

SHORT = 3
"""Those that were not met in a long chain come into shorter ones, then alone."""


@dataclass
class Sweep:
    """What a sweep did.

    Attributes:
        tried: Points at which a worker died, with the pipeline.
        missed: Points that no worker came by again.
        failures: What was wrong, with the points of that release.
    """

    engine: str
    tried: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    releases: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.engine}: {len(self.tried)} points tried in {self.releases} runs, "
            f"{len(self.missed)} not met again, {len(self.failures)} failures, {self.seconds:.0f} s"
        )


def points_of(site: FaultSite, pipeline: str) -> list[str]:
    """The points of a run in which nobody dies, in the order in which they came by."""
    record = site.folder / f"points-{pipeline}"
    record.unlink(missing_ok=True)
    _release(site, Sweep(site.engine), pipeline, [], record_name=record.name)
    return list(dict.fromkeys(record.read_text().splitlines()))


def chains(points: Sequence[str], length: int = CHAIN) -> list[list[str]]:
    """Lists of points, each in the order of a release and spread over all of it."""
    count = max(1, -(-len(points) // length))
    return [list(points[start::count]) for start in range(count)]


def sample(points: Sequence[str], count: int, seed: int) -> list[str]:
    """Some of the points, in their order."""
    chosen = set(random.Random(seed).sample(range(len(points)), min(count, len(points))))  # noqa: S311 - no secret
    return [point for index, point in enumerate(points) if index in chosen]


def sweep(
    site: FaultSite,
    points: dict[str, list[str]],
    say: Say,
    lengths: Sequence[int] = (CHAIN, SHORT, 1),
    within_s: float = 1e9,
) -> Sweep:
    """Dies at each of the points of both pipelines; failures are said as they come.

    Args:
        lengths: Of the chains: points that were not met in one come into the next kind.
        within_s: No release begins later than that.
    """
    done = Sweep(site.engine)
    began = time.monotonic()
    for pipeline in (FAILS, SHIP):
        left = points[pipeline]
        for size in lengths:
            missed = []
            for chain in chains(left, size) if left else ():
                if time.monotonic() - began > within_s:
                    break
                seen = len(done.failures)
                reached = _release(site, done, pipeline, chain)
                missed += chain[len(reached) :]
                for failure in done.failures[seen:]:
                    say(failure)
            left = [point for point in left if point in missed]
        done.missed += [f"{pipeline}: {point}" for point in left]
    done.seconds = time.monotonic() - began
    return done


def _release(
    site: FaultSite, done: Sweep, pipeline: str, kills: list[str], record_name: str = ""
) -> list[str]:
    record = site.folder / record_name if record_name else None
    card = site.commit(pipeline)
    reached = site.follow(pipeline, kills, record)
    run = site.newest(pipeline)
    assert isinstance(run, Run)
    done.releases += 1
    done.tried += [f"{pipeline}: {point}" for point in reached]
    wrong = wrongs(site, run, card)
    if wrong:
        done.failures.append(f"{run.id} after {reached}: {'; '.join(wrong)}")
    return reached
