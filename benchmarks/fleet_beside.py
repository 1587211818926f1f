"""What others would do: OpenSSH's ControlMaster with a command a sample; and shards of ours."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from devops_tui.domain.fleet import Host

MASTER_EXECS = 20
SCRIPT = "cat /proc/stat /proc/meminfo /proc/loadavg /proc/uptime /proc/net/dev"
SHARD_PATIENCE_S = 600.0


def control_master_us(host: Host, folder: Path) -> float:
    """CPU microseconds of one sample by a new `ssh` over a master, the master's own included."""
    path = folder / "m"
    words = ["ssh", "-F", "none", "-o", f"UserKnownHostsFile={host.known_hosts}"]
    words += ["-o", f"ControlPath={path}", "-o", "BatchMode=yes", "-i", host.identity]
    words += ["-p", str(host.port), "-l", host.user]
    master = subprocess.Popen([*words, "-M", "-N", host.address])
    try:
        until = time.monotonic() + 30
        while not path.exists() and time.monotonic() < until:
            time.sleep(0.05)
        before = _children_s() + _process_s(master.pid)
        for _ in range(MASTER_EXECS):
            subprocess.run([*words, host.address, SCRIPT], check=True, stdout=subprocess.DEVNULL)
        return (_children_s() + _process_s(master.pid) - before) / MASTER_EXECS * 1e6
    finally:
        master.terminate()
        try:
            master.wait(10)
        except subprocess.TimeoutExpired:  # its figure is known: it need not end by itself
            master.kill()
            master.wait(10)


def shards(pattern: Host, hosts: int, hz: float, seconds: float) -> dict[str, float]:
    """Two processes of ours share so many hosts; figures of both together."""
    words = [sys.executable, str(Path(__file__).with_name("fleet.py")), "--shard"]
    words += [pattern.known_hosts, str(pattern.port), "--hosts", str(hosts // 2)]
    words += ["--hz", str(hz), "--seconds", str(seconds)]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE) for _ in range(2)]
    said = [shard.communicate(timeout=SHARD_PATIENCE_S)[0] for shard in both]
    if any(shard.returncode for shard in both):
        raise RuntimeError("a shard failed")
    found = [json.loads(text) for text in said]
    return {
        "us_a_sample": sum(f["us_a_sample"] for f in found) / 2,
        "lost": sum(f["lost"] for f in found),
        "memory_kb": sum(f["memory_kb"] for f in found) / 2,
    }


def yardstick_us() -> float:
    """CPU microseconds of the same small work in each run: tells how slow the machine is now."""
    best = 1e9
    for _ in range(7):
        began = time.process_time()
        for number in range(300):
            json.loads(json.dumps({"at": [number] * 40, "text": "x" * 200}))
        best = min(best, time.process_time() - began)
    return best / 300 * 1e6


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _process_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
