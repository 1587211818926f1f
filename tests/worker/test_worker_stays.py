"""A worker without a screen stays while somebody is still to be asked about a problem."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from worker.test_worker_process import House, working

from devops_tui.bootstrap.clock import SystemClock
from devops_tui.domain.event import Event
from devops_tui.domain.ids import IncidentId
from devops_tui.domain.incident import Incident, IncidentState
from devops_tui.domain.oncall import EscalationStep, Rota
from devops_tui.domain.workspace import Workspace
from devops_tui.services.escalation import ESCALATED, is_pending
from devops_tui.worker.process import Reading

INC = IncidentId("INC-1")
ROTA = Rota(("jun",), "2026-03-02", steps=(EscalationStep(300.0),))


async def test_it_ends_only_after_everybody_was_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devops_tui.worker.process.BEAT_S", 0.02)
    house = House(
        tmp_path / "state.db",
        Reading(Workspace("shop", "/x", oncall=ROTA), (), "1"),
        idle_s=0.1,
    )
    desk = house.open()
    now = SystemClock().now()
    desk.add_incident(Incident(INC, "f", "disk full", IncidentState.OPEN, now, now))
    desk.append(Event("incident.opened", INC, now))
    async with working(house, "w1") as (process, _):
        beats: set[object] = set()
        async with asyncio.timeout(20):
            while len(beats) < 15:  # three times as long as it may be idle
                beats |= {worker.beat_at for worker in desk.workers()}
                await asyncio.sleep(0.01)  # beats are rows of a file: no event to await
        assert not process._stop.is_set()
        assert is_pending(desk, now)
        desk.append(Event(ESCALATED, INC, now, "worker", "disk full", {"step": 1}))
        assert not is_pending(desk, now)
        async with asyncio.timeout(20):
            await process._stop.wait()
    assert [e.why for e in desk.events() if e.kind == "worker.stopped"] == ["idle"]
    desk.close()
