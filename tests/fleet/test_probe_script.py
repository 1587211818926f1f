"""The probe under every awk and sh that is installed here, on the real /proc."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from fleet_doubles import talk_to

from devops_tui.domain.fleet import Scope
from devops_tui.domain.metric import Counters, sample_between
from devops_tui.domain.probe_record import ProbeStream, counters_of, greeting_of
from devops_tui.transports.probe import probe_script

MARK = "0123abcd"
AWKS = ("mawk", "gawk", "busybox")
SHELLS = (("dash",), ("bash",), ("busybox", "sh"))


def path_of(folder: Path, awk: str) -> Path:
    """A PATH with this awk and what the probe may need, and nothing else."""
    folder.mkdir()
    for tool in ("cat", "getconf"):
        (folder / tool).symlink_to(shutil.which(tool) or pytest.skip(f"needs {tool}"))
    if awk:
        (folder / "awk").symlink_to(shutil.which(awk) or pytest.skip(f"needs {awk}"))
    return folder


def shell_of(words: tuple[str, ...]) -> list[str]:
    program = shutil.which(words[0]) or pytest.skip(f"needs {words[0]}")
    return [program, *words[1:]]


def answers(said: bytes) -> tuple[str, list[Counters]]:
    hello, *texts = ProbeStream(MARK).feed(said)
    greeting = greeting_of(hello)
    assert greeting is not None
    return greeting, [counters_of(text) for text in texts]


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize("awk", [*AWKS, ""])
def test_every_awk_and_the_shell_alone_give_the_same_record(
    tmp_path: Path, awk: str, shell: tuple[str, ...]
) -> None:
    said = talk_to(
        probe_script(Scope.MACHINE, MARK), shell_of(shell), path_of(tmp_path / "bin", awk), 2
    )
    greeting, (first, second) = answers(said)
    assert greeting == ("awk" if awk else "shell")
    text = Path("/proc/stat").read_text()
    assert first.cores == len(re.findall(r"^cpu\d", text, re.MULTILINE))
    meminfo = dict(re.findall(r"(\w+): +(\d+)", Path("/proc/meminfo").read_text()))
    assert first.mem_total_kb == int(meminfo["MemTotal"])
    assert first.swap_total_kb == int(meminfo["SwapTotal"])
    assert 0 < first.mem_available_kb < first.mem_total_kb
    assert second.uptime_s >= first.uptime_s > 0
    assert sum(second.cpu) >= sum(first.cpu)
    assert first.processes > 1
    assert set(first.disks) == set(whole_disks())
    assert "lo" not in first.nets
    assert ("cpu" in first.pressure_us) == Path("/proc/pressure/cpu").exists()
    later = Path("/proc/uptime").read_text().split()[0]
    assert 0 <= float(later) - second.uptime_s < 60
    assert len(said) / 3 < 450


def whole_disks() -> list[str]:
    """By sysfs, which the probe does not ask: whole disks that were used."""
    rows = [row.split() for row in Path("/proc/diskstats").read_text().splitlines()]
    return [
        row[2]
        for row in rows
        if Path("/sys/block", row[2]).exists()
        and not re.match(r"loop|ram|zram|sr|fd|dm-|md", row[2])
        and int(row[3]) + int(row[7]) > 0
    ]


@pytest.mark.parametrize("awk", [*AWKS, ""])
def test_figures_of_invented_hosts(tmp_path: Path, awk: str) -> None:
    proc, sys = invented_host(tmp_path)
    script = probe_script(Scope.MACHINE, MARK).replace("/proc/", f"{proc}/")
    script = script.replace("/sys/", f"{sys}/")
    said = talk_to(script, ["/bin/sh"], path_of(tmp_path / "bin", awk), 1)
    _, (counters,) = answers(said)
    assert counters == Counters(
        uptime_s=98765.43,
        cpu=(18446744073709551, 1, 2, 3, 4, 5, 6, 7),
        cores=3,
        mem_total_kb=2048000,
        mem_available_kb=100 + 20 + 3,  # a kernel before 3.14
        swap_total_kb=8,
        swap_free_kb=4,
        load=(12.5, 3.0, 0.07),
        processes=4321,
        disks={
            "sda": (100, 200, 300),
            "nvme0n1": (101, 201, 301),
            "nvme0n10": (102, 202, 302),
            "xvda1": (103, 203, 303),
            "mmcblk0": (104, 204, 304),
        },
        nets={"eth0": (1000, 2000), "wlan0": (3000, 4000)},
        pressure_us={"cpu": 77},
    )


def invented_host(folder: Path) -> tuple[Path, Path]:
    proc, sys = folder / "proc", folder / "sys"
    (proc / "net").mkdir(parents=True)
    (proc / "pressure").mkdir()
    for card in ("eth0", "wlan0"):
        device = sys / "class" / "net" / card / "device"
        device.mkdir(parents=True)
        (device / "uevent").touch()
    (proc / "uptime").write_text("98765.43 1.00\n")
    (proc / "stat").write_text(
        "cpu  18446744073709551 1 2 3 4 5 6 7 0 0\ncpu0 1\ncpu1 1\ncpu12 1\nintr 5 cpu\n"
    )
    (proc / "loadavg").write_text("12.5 3.0 0.07 3/4321 99\n")
    (proc / "meminfo").write_text(
        "MemTotal: 2048000 kB\nMemFree: 100 kB\nBuffers: 20 kB\nCached: 3 kB\n"
        "SwapCached: 9 kB\nSwapTotal: 8 kB\nSwapFree: 4 kB\n"
    )
    names = (
        "sda sda1 sda12 dm-0 loop0 nvme0n1 nvme0n1p1 nvme0c0n1 nvme0n10 xvda1 mmcblk0 mmcblk0p2 sdz"
    )
    used = {"sda": 0, "nvme0n1": 1, "nvme0n10": 2, "xvda1": 3, "mmcblk0": 4}
    rows = []
    for name in names.split():
        n = used.get(name, 9)
        reads = 0 if name == "sdz" else 5
        rows.append(f" 8 0 {name} {reads} 0 {100 + n} 0 0 0 {200 + n} 0 0 {300 + n} 0 0\n")
    (proc / "diskstats").write_text("".join(rows))
    zeros = "0 0 0 0 0 0 0"
    (proc / "net" / "dev").write_text(
        "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes\n"
        f"    lo: 9 {zeros} 9 {zeros}\n  eth0:1000 {zeros} 2000 {zeros}\n"
        f" wlan0: 3000 {zeros} 4000 {zeros}\n   br0: 7 {zeros} 7 {zeros}\n"
        f"  eth1: 0 {zeros} 0 {zeros}\n veth9: 7 {zeros} 7 {zeros}\n"
    )
    (proc / "pressure" / "cpu").write_text(
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=77\nfull avg10=0.00 total=5\n"
    )
    return proc, sys


def test_an_interface_without_a_card_counts_where_there_is_no_card(tmp_path: Path) -> None:
    proc, sys = invented_host(tmp_path)
    shutil.rmtree(sys)
    script = probe_script(Scope.MACHINE, MARK).replace("/proc/", f"{proc}/")
    script = script.replace("/sys/", f"{sys}/")
    _, (counters,) = answers(talk_to(script, ["/bin/sh"], path_of(tmp_path / "bin", "mawk"), 1))
    assert counters.nets == {"eth0": (1000, 2000), "wlan0": (3000, 4000), "br0": (7, 7)}


def test_a_host_without_proc_says_so(tmp_path: Path) -> None:
    script = probe_script(Scope.MACHINE, MARK).replace("/proc/", f"{tmp_path}/none/")
    done = subprocess.run(
        ["/bin/sh", "-s"], input=script.encode(), stdout=subprocess.PIPE, check=False, timeout=30
    )
    assert ProbeStream(MARK).feed(done.stdout) == [
        f"x the host has no {tmp_path}/none/stat that we may read".encode()
    ]


def test_the_figures_of_a_machine_start_no_process_per_tick() -> None:
    script = probe_script(Scope.MACHINE, MARK)
    program = script[script.index("program='") : script.index("say()")]
    assert "| getline" not in program
    assert "system(" not in program


@pytest.mark.parametrize("mark", ["", "x; rm -rf", "ABCDEF", "0123'", "0" * 33])
def test_a_mark_is_hex_or_nothing(mark: str) -> None:
    with pytest.raises(ValueError, match="hex"):
        probe_script(Scope.MACHINE, mark)


@pytest.mark.parametrize("scope", list(Scope))
def test_the_programs_fit_between_single_quotes(scope: Scope) -> None:
    script = probe_script(scope, MARK)
    program = script.split("program='", 1)[1].split("\nsay() {\nprintf '", 1)[0]
    assert program.endswith("'")
    assert program.count("'") == 1
    assert len(script) < 7000


class Tree:
    """A probe of the tree below this test, asked by hand."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-s"],
            env={"PATH": str(path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._stream = ProbeStream(MARK)
        assert self._process.stdin is not None
        self._process.stdin.write(probe_script(Scope.TREE, MARK).encode())
        self._process.stdin.flush()
        assert greeting_of(self._next()) == "awk"

    def ask(self) -> Counters:
        assert self._process.stdin is not None
        self._process.stdin.write(b"t\n")
        self._process.stdin.flush()
        return counters_of(self._next())

    def _next(self) -> bytes:
        assert self._process.stdout is not None
        texts = self._stream.feed(self._process.stdout.readline())
        assert len(texts) == 1
        return texts[0]

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


@contextmanager
def tree(path: Path) -> Iterator[Tree]:
    probe = Tree(path)
    try:
        yield probe
    finally:
        probe.close()


def burn(program: Path) -> float:
    """A child of ours that burns a second of CPU; how many seconds it really burned."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([program, "-c", "ulimit -t 1; while :; do :; done"], check=False, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("awk", AWKS)
def test_a_tree_counts_what_its_processes_burn(tmp_path: Path, awk: str) -> None:
    # A name with everything that a careless parser trips over, and a line that looks whole.
    odd = tmp_path / "a) R 1 1\n9 (b c"
    odd.symlink_to("/bin/dash")
    with tree(path_of(tmp_path / "bin", awk)) as probe:
        first = probe.ask()
        subprocess.run(["/bin/sleep", "1.2"], check=True)  # an idle child, bounded
        second = probe.ask()
        burned_s = burn(odd)
        third = probe.ask()
    idle, busy = sample_between(first, second), sample_between(second, third)
    assert idle is not None
    assert busy is not None
    assert burned_s > 0.5
    # Its time came to us, its parent, when it was reaped; the probe's own is in it too.
    share = burned_s / (third.uptime_s - second.uptime_s)
    assert busy.cpu_ratio == pytest.approx(share, abs=0.15)
    assert idle.cpu_ratio < 0.2
    assert busy.cores == 1
    assert 0 < busy.mem_ratio < 1
    assert busy.processes >= 3
    assert busy.net_in_bytes_s is None


def test_a_living_child_is_counted_before_it_is_reaped(tmp_path: Path) -> None:
    odd = tmp_path / "x) S 1 1 1 1"
    odd.symlink_to("/bin/dash")
    with tree(path_of(tmp_path / "bin", "mawk")) as probe:
        before = probe.ask()
        argv = ["/usr/bin/timeout", "30", str(odd), "-c", "while :; do :; done"]
        with subprocess.Popen(argv, start_new_session=True) as child:
            # Read until its time shows, no longer than it may run.
            after = probe.ask()
            while after.uptime_s - before.uptime_s < 25 and after.cpu[0] - before.cpu[0] < 60:
                after = probe.ask()
            os.killpg(child.pid, 15)
    assert after.cpu[0] - before.cpu[0] >= 60
    assert after.processes >= before.processes + 2
    assert after.load[0] > 0


def test_a_tree_never_counts_backwards_or_beyond_one_core(tmp_path: Path) -> None:
    """Processes that come, burn and go, some adopted by others, on several cores."""
    burn = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"
    with tree(path_of(tmp_path / "bin", "mawk")) as probe:
        seen = [probe.ask()]
        for _ in range(6):
            subprocess.run(
                ["/bin/sh", "-c", f"({burn}) & ({burn}) & ({burn}) & sh -c '{burn}' & wait"],
                check=True,
            )
            seen.append(probe.ask())
    for before, after in pairwise(seen):
        assert all(b <= a for b, a in zip(before.cpu, after.cpu, strict=True))
        spent = sum(after.cpu) - sum(before.cpu)
        assert spent == pytest.approx((after.uptime_s - before.uptime_s) * 100, abs=2)
    assert seen[-1].cpu[0] > 0
    assert replace(seen[0], uptime_s=0.0) != replace(seen[-1], uptime_s=0.0)
