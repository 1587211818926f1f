"""The disk of a host's spool, or of the store, is full in mid release."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from support.fault_checks import wrongs
from support.fault_site import SHIP, FaultSite, fault_site
from support.small_disk import SmallDisk, small_disk

from devops_tui.bootstrap.paths import STATE_NAME
from devops_tui.domain.audit import Verb
from devops_tui.domain.errors import StoreFull
from devops_tui.domain.pipeline import State
from devops_tui.services import gates
from devops_tui.services.requests import file_request

FULL_S = 3.0
PRINTS = "prints"
_LINES = 4000

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(240),
]


@contextmanager
def a_site(small: str, pipelines: str = "") -> Iterator[tuple[FaultSite, SmallDisk]]:
    with ExitStack() as stack:
        made = stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-"))
        folder = Path(made) / "site"
        disk = stack.enter_context(small_disk(folder / small, 8))
        site = stack.enter_context(fault_site(folder, "inline", pipelines=pipelines))
        yield site, disk


def test_a_host_without_room_starts_nothing_and_says_so() -> None:
    with a_site("hosts/a") as (site, disk):
        site.spool("a").mkdir(parents=True)
        disk.fill()
        card = site.commit(SHIP)
        run = site.with_fault(SHIP, lambda: True, lambda: None)
        assert run.state is State.FAILED
        job = next(j for j in site.store.job_runs(run.id) if j.job_id == "test/two")
        assert job.state is State.FAILED
        assert "a: " in job.why
        assert "room" in job.why
        assert not (site.ran / f"{run.id}.two").exists()
        disk.clear()
        card = site.commit(SHIP)
        run = site.with_fault(SHIP, lambda: True, lambda: None)
        assert wrongs(site, run, card) == [], site.told


def test_output_that_found_no_room_is_not_passed_over() -> None:
    with a_site("hosts/a") as (site, disk):
        goes_on = site.folder / "goes-on"
        script = (
            "out=$(readlink /proc/$$/fd/1); ln $out ${out%/*}.kept; echo begins; "
            f"while [ ! -e {goes_on} ]; do sleep 0.05; done; "
            f"seq 1 {_LINES} || :"
        )
        pipeline = f"  {PRINTS}:\n    stages:\n      - test: {{run: '{script}', hosts: a}}\n"
        config = site.folder / "devops.yaml"
        config.write_text(config.read_text() + pipeline)

        def fault() -> None:
            disk.fill()
            goes_on.touch()

        def has_begun() -> bool:
            run = site.newest(PRINTS)
            return run is not None and bool(site.store.log(run.id))

        file_request(site.store, site.clock, Verb.RUN, PRINTS, "jun")
        run = site.with_fault(PRINTS, has_begun, fault)
        (job,) = site.store.job_runs(run.id)
        assert job.state is State.OK, site.told  # what the command said of itself
        log = b"".join(c.data for c in site.store.log(run.id, job.job_id))
        (spool,) = list(site.spool("a").glob(f"{run.id}.*.kept"))
        kept = spool.read_bytes()
        assert len(kept) < _LINES * 5
        note = b"\n[the spool's disk is full: the end of the output is missing]\n"
        assert log == kept + note


def test_a_full_store_is_waited_for_by_a_run(tmp_path: Path) -> None:
    with a_site(STATE_NAME) as (site, disk):
        backs: list[threading.Timer] = []

        def fault() -> None:
            disk.fill()
            with pytest.raises(StoreFull, match="no room"):
                _until_refused(site)
            backs.append(threading.Timer(FULL_S, disk.clear))
            backs[0].start()

        card = site.commit(SHIP)
        jobs = ("test/one", "test/two", "test/three")
        run = site.with_fault(SHIP, lambda: site.is_running(SHIP, *jobs), fault, 120)
        backs[0].join()
        assert wrongs(site, run, card) == [], site.told


def test_an_approval_that_finds_no_room_is_refused_and_given_later() -> None:
    with a_site(STATE_NAME) as (site, disk):
        refused: list[str] = []

        def is_asking() -> bool:
            run = site.newest(SHIP)
            return run is not None and run.state is State.ASKING

        def fault() -> None:
            disk.fill()
            run, workspace = site.newest(SHIP), site.store.workspace()
            assert run is not None
            assert workspace is not None
            with pytest.raises(StoreFull, match="no room") as caught:
                _until_refused(site)
            refused.append(caught.value.hint)
            with pytest.raises(StoreFull, match="no room"):
                gates.approve(site.store, site.clock, workspace, run.id, "jun", "too early")
            disk.clear()

        card = site.commit(SHIP)
        run = site.with_fault(SHIP, is_asking, fault, 120)
        assert refused == ["Make room."]
        assert wrongs(site, run, card) == [], site.told


def _until_refused(site: FaultSite) -> None:
    """Files wishes until the room that the store had left is used up, too."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        request = file_request(site.store, site.clock, Verb.RUN, "no such pipeline " * 500, "jun")
        assert request.id
