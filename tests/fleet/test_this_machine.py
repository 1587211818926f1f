"""This machine by psutil: the same figures as the probe reads from the same kernel."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from fleet_doubles import talk_to

from devops_tui.domain.fleet import Scope
from devops_tui.domain.probe_record import ProbeStream, counters_of
from devops_tui.transports.probe import probe_script
from devops_tui.transports.this_machine import PsutilMachine


def test_psutil_and_the_probe_agree() -> None:
    script = probe_script(Scope.MACHINE, "abc123")
    said = talk_to(script, ["/bin/sh"], Path("/usr/bin"), 1)
    probed = counters_of(ProbeStream("abc123").feed(said)[1])
    read = PsutilMachine().counters()
    assert read.cores == probed.cores
    assert (read.mem_total_kb, read.swap_total_kb) == (probed.mem_total_kb, probed.swap_total_kb)
    assert set(read.disks) == set(probed.disks)
    assert set(read.nets) == set(probed.nets)
    assert set(read.pressure_us) == set(probed.pressure_us)
    assert 0 <= read.uptime_s - probed.uptime_s < 5
    assert sum(read.cpu) == pytest.approx(sum(probed.cpu), abs=1000)
    assert read.cpu[3] >= probed.cpu[3]  # idle comes fourth in both
    for name, figures in probed.disks.items():
        assert all(now >= past for now, past in zip(read.disks[name], figures, strict=True))
    assert read.mem_available_kb == pytest.approx(probed.mem_available_kb, rel=0.2)


def test_the_fullest_disk_is_mounted_here() -> None:
    found = PsutilMachine().fullest()
    assert found is not None
    assert Path(found.mount).is_mount()
    assert 0 < found.used_ratio <= 1


def test_without_proc_figures_are_left_out(tmp_path: Path) -> None:
    read = PsutilMachine(proc=tmp_path, sys=tmp_path).counters()
    assert read.pressure_us == {}
    assert read.processes > 0


def test_a_kernel_that_says_no_is_an_error_of_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise psutil.AccessDenied(1)

    monkeypatch.setattr(psutil, "cpu_times", refuse)
    with pytest.raises(OSError, match="1"):
        PsutilMachine().counters()
