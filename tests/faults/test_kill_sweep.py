"""kill -9 of the worker at every boundary of a release; see support/fault_points.py.

By itself a seeded sample; all points with DEVOPS_TUI_FAULTS=full (`make faults`). A sample
is repeated with DEVOPS_TUI_FAULTS_SEED, one release with DEVOPS_TUI_FAULTS_POINTS, which
holds the points of one chain, each on a line.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.fault_site import FAILS, SHIP, FaultSite, fault_site
from support.fault_sweep import CHAIN, Say, points_of, sample, sweep
from support.postgres import postgres_server

IS_FULL = os.environ.get("DEVOPS_TUI_FAULTS") == "full"
SAMPLE = {SHIP: 8, FAILS: 5}
SAMPLE_S = 20.0
"""A sample ends after so long: on a slow machine with fewer points."""

LEAST = 150
"""Points that the full sweep must have tried with each engine."""

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(3 * 3600 if IS_FULL else 120),
]


TEAMS = ("inline on PostgreSQL", "dbos on PostgreSQL")


@pytest.fixture(params=["inline", "dbos", *(TEAMS if IS_FULL else ())])
def site(request: pytest.FixtureRequest) -> Iterator[FaultSite]:
    kind: str = request.param
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        url = stack.enter_context(postgres_server()).url if kind in TEAMS else ""
        engine = kind.partition(" ")[0]
        yield stack.enter_context(fault_site(folder / "site", engine, url))


def test_kill_9_at_every_boundary(site: FaultSite, say: Say) -> None:
    seed = int(os.environ.get("DEVOPS_TUI_FAULTS_SEED") or secrets.randbelow(10_000))
    points = {pipeline: points_of(site, pipeline) for pipeline in (SHIP, FAILS)}
    count = sum(map(len, points.values()))
    if IS_FULL:
        say(f"{site.engine}: all of {count} points")
        done = sweep(site, points, say)
        assert len(done.tried) >= LEAST
    else:
        say(f"{site.engine}: a sample of {count} points, DEVOPS_TUI_FAULTS_SEED={seed}")
        chosen = {name: sample(points[name], SAMPLE[name], seed) for name in points}
        done = sweep(site, chosen, say, [CHAIN], SAMPLE_S)
        assert done.tried
    say(str(done))
    assert not done.failures


@pytest.mark.skipif(
    "DEVOPS_TUI_FAULTS_POINTS" not in os.environ, reason="only when points are named"
)
def test_named_points(site: FaultSite, say: Say) -> None:
    chain = os.environ["DEVOPS_TUI_FAULTS_POINTS"].splitlines()
    done = sweep(site, {SHIP: chain, FAILS: []}, say, [len(chain)])
    say(str(done))
    assert not done.failures
