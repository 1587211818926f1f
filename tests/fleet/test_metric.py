"""Rates from counters: recorded streams, and whatever a kernel may count."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.metric import Counters, sample_between

BEFORE = Counters(
    uptime_s=1749.40,
    cpu=(8252, 0, 3962, 335869, 609, 0, 106, 164),
    cores=2,
    mem_total_kb=24684084,
    mem_available_kb=12342042,
    swap_total_kb=1000,
    swap_free_kb=750,
    load=(0.19, 0.10, 0.02),
    processes=96,
    disks={"vda": (4519418, 1284456, 9900), "vdb": (10, 10, 10)},
    nets={"eth0": (93557723, 170842), "lo": (500, 500)},
    pressure_us={"cpu": 8269594, "mem": 0, "io": 5728295},
)
AFTER = replace(
    BEFORE,
    uptime_s=1751.40,
    cpu=(8352, 0, 3962, 336069, 659, 0, 106, 214),
    disks={"vda": (4519418 + 2000, 1284456 + 4000, 9900 + 500), "vdb": (10, 10, 1010)},
    nets={"eth0": (93557723 + 3000, 170842 + 1000), "lo": (90000, 90000)},
    pressure_us={"cpu": 8269594 + 400_000, "mem": 0, "io": 5728295 + 3_000_000},
)


def test_rates_are_taken_over_the_remote_uptime() -> None:
    sample = sample_between(BEFORE, AFTER)
    assert sample is not None
    assert sample.cpu_ratio == pytest.approx(150 / 400)
    assert sample.iowait_ratio == pytest.approx(50 / 400)
    assert sample.steal_ratio == pytest.approx(50 / 400)
    assert sample.mem_ratio == pytest.approx(0.5)
    assert sample.swap_ratio == pytest.approx(0.25)
    assert sample.mem_total_bytes == 24684084 * 1024
    assert sample.disk_read_bytes_s == pytest.approx(2000 * 512 / 2)
    assert sample.disk_write_bytes_s == pytest.approx(4000 * 512 / 2)
    assert sample.disk_busy_ratio == pytest.approx(0.5)  # of the busiest disk, not the sum
    assert sample.net_in_bytes_s == pytest.approx(1500)  # without the loopback interface
    assert sample.net_out_bytes_s == pytest.approx(500)
    assert sample.pressure_cpu_ratio == pytest.approx(0.2)
    assert sample.pressure_mem_ratio == 0.0
    assert sample.pressure_io_ratio == 1.0
    assert (sample.load_1m, sample.cores, sample.processes) == (0.19, 2, 96)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(replace(AFTER, uptime_s=3.2, cpu=(9, 0, 9, 300, 0, 0, 0, 0)), id="reboot"),
        pytest.param(replace(AFTER, cpu=(10, 0, 3, 336069, 0, 0, 0, 0)), id="cpu ran back"),
        pytest.param(replace(AFTER, uptime_s=BEFORE.uptime_s), id="no time passed"),
        pytest.param(replace(AFTER, uptime_s=BEFORE.uptime_s + 0.01), id="hardly any passed"),
        pytest.param(replace(AFTER, cpu=BEFORE.cpu), id="no jiffy passed"),
        pytest.param(replace(AFTER, cpu=AFTER.cpu[:4]), id="an old kernel's four kinds"),
        pytest.param(replace(AFTER, uptime_s=float("nan")), id="no number"),
    ],
)
def test_no_figure_is_better_than_a_wrong_one(after: Counters) -> None:
    assert sample_between(BEFORE, after) is None


def test_idle_that_runs_back_a_little_counts_as_none() -> None:
    cpu = (8352, 0, 3962, 335868, 608, 0, 106, 164)
    sample = sample_between(BEFORE, replace(AFTER, cpu=cpu))
    assert sample is not None
    assert sample.cpu_ratio == 1.0
    assert sample.iowait_ratio == 0.0


def test_a_counter_that_wrapped_leaves_its_kind_out_for_one_interval() -> None:
    wrapped = replace(
        AFTER,
        disks={"vda": (5, 1284456 + 4000, 9900), "vdb": (1000, 10, 10)},
        nets={"eth0": (10, 170842)},
        pressure_us={"cpu": 1, "mem": 0, "io": 5728295},
    )
    sample = sample_between(BEFORE, wrapped)
    assert sample is not None
    assert sample.cpu_ratio == pytest.approx(150 / 400)
    assert sample.disk_read_bytes_s is None
    assert sample.disk_busy_ratio is None
    assert sample.net_in_bytes_s is None
    assert sample.pressure_cpu_ratio is None
    assert sample.pressure_io_ratio == 0.0


def test_a_device_counts_from_its_second_record_on() -> None:
    disks = {**AFTER.disks, "sdc": (1 << 40, 1 << 40, 1 << 30)}
    sample = sample_between(BEFORE, replace(AFTER, disks=disks))
    assert sample is not None
    assert sample.disk_read_bytes_s == pytest.approx(2000 * 512 / 2)


def test_what_a_host_does_not_say_is_unknown_not_zero() -> None:
    def bare(full: Counters) -> Counters:
        return replace(full, swap_total_kb=0, disks={}, nets={"lo": (1, 1)}, pressure_us={})

    sample = sample_between(bare(BEFORE), bare(AFTER))
    assert sample is not None
    assert sample.swap_ratio is None
    assert sample.disk_read_bytes_s is None
    assert sample.net_in_bytes_s is None
    assert sample.pressure_io_ratio is None


_COUNT = st.integers(0, 1 << 64)
_COUNTERS = st.builds(
    Counters,
    uptime_s=st.floats(0, 1e9),
    cpu=st.lists(_COUNT, min_size=8, max_size=8).map(tuple),
    cores=st.integers(1, 1024),
    mem_total_kb=_COUNT,
    mem_available_kb=_COUNT,
    swap_total_kb=_COUNT,
    swap_free_kb=_COUNT,
    disks=st.dictionaries(st.sampled_from("abc"), st.tuples(_COUNT, _COUNT, _COUNT)),
    nets=st.dictionaries(st.sampled_from(["lo", "e0", "e1"]), st.tuples(_COUNT, _COUNT)),
    pressure_us=st.dictionaries(st.sampled_from(["cpu", "mem", "io"]), _COUNT),
)


@given(_COUNTERS, _COUNTERS)
def test_no_pair_of_records_gives_an_impossible_figure(before: Counters, after: Counters) -> None:
    sample = sample_between(before, after)
    if sample is None:
        return
    for field in fields(sample):
        value = getattr(sample, field.name)
        if field.name.endswith("_ratio") and value is not None:
            assert 0.0 <= value <= 1.0, field.name
        if field.name.endswith("_bytes_s") and value is not None:
            assert value >= 0.0, field.name
