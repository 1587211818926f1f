"""Links that are cut, that swallow everything, and servers that are killed, in mid release."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.fault_checks import untruths, wrongs
from support.fault_site import HOSTS, SHIP, FaultSite, fault_site

IS_FULL = os.environ.get("DEVOPS_TUI_FAULTS") == "full"
AWAY_S = 2.0
MOMENTS = {
    "test": ("test/one", "test/two", "test/three"),
    "deploy": ("deploy/deploy",),
    "release": ("release/flip",),
    "bake": ("release/bake",),
}
SAMPLE = ["test"]

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def site() -> Iterator[FaultSite]:
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        fault_site(Path(folder) / "site", "inline", wired=HOSTS) as opened,
    ):
        yield opened


def release_with(
    site: FaultSite, moment: str, fault: Callable[[], None], patience_s: float
) -> None:
    """A release that a link's fault comes into; only a flip, or a watch, may end by it."""
    card = site.commit(SHIP)
    run = site.with_fault(SHIP, lambda: site.is_running(SHIP, *MOMENTS[moment]), fault, patience_s)
    look = untruths if moment in ("release", "bake") else wrongs
    assert look(site, run, card) == [], site.told


@pytest.mark.parametrize("moment", MOMENTS if IS_FULL else SAMPLE)
def test_every_link_is_cut(site: FaultSite, moment: str) -> None:
    def fault() -> None:
        for wire in site.wires.values():
            wire.cut()

    release_with(site, moment, fault, 60)


@pytest.mark.parametrize("moment", MOMENTS if IS_FULL else ["test"])
def test_every_sshd_is_killed_and_comes_back(site: FaultSite, moment: str) -> None:
    backs = []

    def fault() -> None:
        for host in HOSTS:
            site.end_sshd(host)
            back = threading.Timer(AWAY_S, site.start_sshd, [host])
            back.start()
            backs.append(back)

    release_with(site, moment, fault, 90)
    for back in backs:
        back.join()


@pytest.mark.skipif(not IS_FULL, reason="waits for half a minute; `make faults` does")
@pytest.mark.parametrize("moment", MOMENTS)
def test_every_link_becomes_a_black_hole(site: FaultSite, moment: str) -> None:
    def fault() -> None:
        for wire in site.wires.values():
            wire.strand()

    release_with(site, moment, fault, 200)
