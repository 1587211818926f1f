"""Recorded streams of a host that restarted, wrapped its counters, slept: no false spike.

The records are invented figures of a quiet machine in the format of the probe, a second apart;
what is done to them is what such hosts say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
from fleet_doubles import ManualClock

from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.probe_record import ProbeStream, counters_of
from devops_tui.services.history import HistoryRecorder
from devops_tui.services.live_frame import LiveFrame

MARK = "0123abcd"
RECORD = (
    "r u {u:.2f} c {busy} 0 {busy} {idle} 10 0 5 0 k 2 m 4096000 2048000 0 0 l 0.10 0.20 0.30"
    " p 120 d vda {read} {written} {ms} n eth0 {got} {sent} pc {pc} pm 0 pi {pc}"
)
SECONDS = 20
QUIET = {"cpu": 0.1, "bytes": 60_000.0, "disk": 300_000.0, "busy": 0.1, "pressure": 0.05}
"""No figure of that machine was above these; the true ones are about half of them."""

Said = dict[str, float]


def told(second: int) -> Said:
    """What the kernel had counted after so many seconds."""
    return {
        "u": 100_000.0 + second, "busy": 50_000 + 5 * second, "idle": 9_000_000 + 190 * second,
        "read": 70_000 + 100 * second, "written": 90_000 + 200 * second, "ms": 800 + 50 * second,
        "got": 4_294_900_000 + 30_000 * second, "sent": 4_000_000_000 + 20_000 * second,
        "pc": 6_000_000 + 20_000 * second,
    }  # fmt: skip


def since_boot(said: Said, boot: float) -> Said:
    """As a host that started `boot` seconds into the recording: every counter is near nothing."""
    if said["u"] < 100_000 + boot:
        return said
    up = said["u"] - 100_000 - boot
    return {
        name: 3.0 + up if name == "u" else value - told(0)[name] - 1 for name, value in said.items()
    } | {"busy": 40 + 5 * up, "idle": 200 + 190 * up, "read": 9_000 + 100 * up, "ms": 400 + 50 * up,
         "written": 500 + 200 * up, "got": 900 + 30_000 * up, "sent": 1_000 + 20_000 * up,
         "pc": 10_000 + 20_000 * up}  # fmt: skip


def modulo(names: Sequence[str], size: int) -> Callable[[Said], Said]:
    return lambda said: {n: v % size if n in names else v for n, v in said.items()}


def asleep(said: Said) -> Said:
    """A machine that slept an hour: its uptime has that hour, its processors have not."""
    return said | ({"u": said["u"] + 3600} if said["u"] >= 100_010 else {})


def ran_back(said: Said) -> Said:
    return said | ({"u": 100_008.5} if said["u"] == 100_010 else {})


def wrapped(said: Said) -> Said:
    """Every counter but the processors' begins anew at the tenth second."""
    return {n: v % told(10)[n] if n in WRAP else v for n, v in said.items()}


def frames(change: Callable[[Said], Said], clock_jump_s: float = 0.0) -> list[Frame]:
    """What is shown of it, record by record; our own clock may jump in the middle."""
    clock = ManualClock()
    live = LiveFrame(HostName("web-1"), clock, lambda _: None)
    stream = ProbeStream(MARK)
    seen = []
    for second in range(SECONDS):
        values = change(told(second))
        whole = {n: v if n == "u" else round(max(0.0, v)) for n, v in values.items()}
        text = RECORD.format(**whole)
        clock.elapsed_s += 1.0 + (clock_jump_s if second == SECONDS // 2 else 0.0)
        for record in stream.feed(f"{{{MARK} {text}}}{MARK}\n".encode()):
            live.take(counters_of(record))
        seen.append(live.frame)
    return seen


def is_quiet(frame: Frame) -> bool:
    sample = frame.sample
    if sample is None:
        return True
    return (
        sample.cpu_ratio <= QUIET["cpu"]
        and max(frame.cpu_trend) <= QUIET["cpu"]
        and (sample.net_in_bytes_s or 0) <= QUIET["bytes"]
        and (sample.net_out_bytes_s or 0) <= QUIET["bytes"]
        and (sample.disk_read_bytes_s or 0) <= QUIET["disk"]
        and (sample.disk_write_bytes_s or 0) <= QUIET["disk"]
        and (sample.disk_busy_ratio or 0) <= QUIET["busy"]
        and (sample.pressure_cpu_ratio or 0) <= QUIET["pressure"]
        and min(sample.net_in_bytes_s or 0, sample.disk_read_bytes_s or 0, sample.cpu_ratio) >= 0
    )


WRAP = ("got", "sent", "read", "written", "ms", "pc")
STREAMS: dict[str, Callable[[Said], Said]] = {
    "untouched": lambda said: said,
    "restarted": lambda said: since_boot(said, 10),
    "restarted at once again": lambda said: since_boot(since_boot(said, 8), 12),
    "32-bit counters wrapped": modulo(("got", "sent"), 1 << 32),
    "all counters wrapped": wrapped,
    "slept for an hour": asleep,
    "uptime stood still": lambda said: said | {"u": min(said["u"], 100_009.0)},
    "uptime ran back a little": lambda said: (
        said | ({"u": 100_008.5} if said["u"] == 100_010 else {})
    ),
}


@pytest.mark.parametrize("clock_jump_s", [0.0, 3600.0, -3600.0])
@pytest.mark.parametrize("name", STREAMS)
def test_no_stream_draws_a_false_spike(name: str, clock_jump_s: float) -> None:
    seen = frames(STREAMS[name], clock_jump_s)
    assert [f for f in seen if not is_quiet(f)] == []
    assert seen[5].link is LinkState.LIVE
    assert seen[5].sample is not None
    assert seen[5].sample.net_in_bytes_s == pytest.approx(30_000)
    if name != "uptime stood still":
        assert len(seen[-1].cpu_trend) >= SECONDS - 5, "figures go on after it"


def test_a_spike_that_is_true_is_drawn() -> None:
    def busy(said: Said) -> Said:
        late = max(0.0, said["u"] - 100_010)
        return said | {"busy": said["busy"] + 500 * late, "got": said["got"] + 10_000_000 * late}

    assert not all(map(is_quiet, frames(busy)))


@pytest.mark.parametrize("clock_jump_s", [3600.0, -3600.0])
def test_a_clock_of_ours_that_jumps_keeps_every_minute_in_order(clock_jump_s: float) -> None:
    recorder = HistoryRecorder()
    for frame in frames(STREAMS["untouched"], clock_jump_s):
        recorder.take([frame])
    blocks = recorder.rest()
    assert sum(len(block.at_ms) for block in blocks) == SECONDS - 1
    for block in blocks:
        assert list(block.at_ms) == sorted(set(block.at_ms))


def test_the_record_is_one_that_the_probe_says() -> None:
    whole = {n: v if n == "u" else round(v) for n, v in told(0).items()}
    assert re.fullmatch(r"r( [!-~]+)+", RECORD.format(**whole))
    assert counters_of(RECORD.format(**whole).encode()).cores == 2
