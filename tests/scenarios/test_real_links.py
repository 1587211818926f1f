"""Real SSH servers whose links break, whose keys are wrong, which are gone or rude."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from support.real_site import HOSTS, Site, real_site
from support.sshd import free_port, new_key
from support.terminal import Terminal
from support.workspace_text import host_text

from devops_tui.demo.plan import GREEN
from devops_tui.domain.audit import Verb
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import JobId
from devops_tui.domain.pipeline import State

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(400)]

CUT = "web-3"
BIG = 6_000_000
LONG_LINES = 400
LONG = f"""
    long:
      stages:
        - test:
            run: |
              echo began >>"$HOME/began"
              i=0
              while [ $i -lt {LONG_LINES} ]; do
                echo "line $i of many"; i=$((i+1)); sleep 0.02
              done
            hosts: [blue, green]
"""
LONG_LOG = b"".join(b"line %d of many\n" % i for i in range(LONG_LINES))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with real_site(tmp_path / "s", wired=[CUT]) as site:
        yield site


def frame(site: Site, host: str) -> Frame | None:
    return site.front.overview().frames.get(host)


def link(site: Site, host: str) -> LinkState | None:
    found = frame(site, host)
    return found.link if found else None


def all_live(site: Site, *but: str) -> bool:
    return all(link(site, host) is LinkState.LIVE for host in HOSTS if host not in but)


@pytest.mark.parametrize("fault", ["cut", "strand"])
def test_a_link_that_breaks_in_mid_deploy(site: Site, fault: str) -> None:
    site.open_shop()
    site.write(up='touch "$HOME/upping"\nsleep 2\necho "up goes on"')
    version = site.push(payload_bytes=BIG)[:7]
    wire = site.wires[CUT]
    wire.break_after(BIG // 2, fault)
    site.until("the break in the upload", lambda: wire.faults)
    assert not (site.home(CUT) / "releases" / "shop.pyz").exists()
    site.until("the start", (site.home(CUT) / "upping").exists)
    wire.cut()

    run = site.reaches("shop", State.ASKING)
    (artifact,) = site.front.artifacts(run)
    assert artifact.size_bytes > BIG
    for host in GREEN:
        assert site.digest_on(host) == artifact.digest
        assert site.lines(host, "ups") == [f"green {version}"]
        said = site.log(run, "deploy/deploy", host).decode()
        assert said.startswith("up goes on\ngreen serves on port")
        assert said.count("\n") == 2
    site.front.approve(run, "the cut did no harm")
    assert site.reaches("shop", State.OK) == run
    assert (site.look().colour, site.look().deployed) == ("green", version)


@pytest.mark.parametrize("fault", ["cut", "strand"])
def test_a_link_that_breaks_under_a_long_command(site: Site, fault: str) -> None:
    site.write(pipelines=LONG)
    wire = site.wires[CUT]
    site.until("all are live", lambda: all_live(site))
    site.front.file(Verb.RUN, "long")
    run = site.reaches("long", State.RUNNING)
    site.until("it speaks", lambda: len(site.log(run, "test/test", CUT)) > 500)
    before = wire.links
    getattr(wire, fault)()
    if fault == "cut":
        site.until("it speaks again", lambda: len(site.log(run, "test/test", CUT)) > 3000)
        wire.cut()
    assert site.reaches("long", State.OK) == run
    assert wire.links > before
    for host in HOSTS[1:]:
        assert site.lines(host, "began") == ["began"]
        assert site.log(run, "test/test", host) == LONG_LOG
    (job,) = site.front.run(run).jobs.values()
    assert job.attempt == 1


def test_a_wrong_host_key_is_a_wall(site: Site, tmp_path: Path) -> None:
    wrong = "web-4"
    site.open_shop()
    site.write(
        pipelines=f"""
        direct:
          source: {{git: {site.plan.repository("shop")}, branch: main, poll: 1s}}
          stages:
            - build: {{run: "{sys.executable} build.py", artifacts: [dist/shop.pyz]}}
            - deploy: {{service: shop, artifact: shop.pyz}}
        """
    )
    other = tmp_path / "other"
    new_key(other)
    known = site.plan.known_hosts.read_text()
    public = Path(f"{site.servers[wrong].host_key}.pub").read_text()
    assert public in known
    site.plan.known_hosts.write_text(known.replace(public, Path(f"{other}.pub").read_text()))

    site.until("the wall", lambda: link(site, wrong) is LinkState.KEY_CHANGED)
    site.until("the others are live", lambda: all_live(site, wrong))
    site.push()
    run = site.reaches("direct", State.FAILED)
    job = site.front.run(run).jobs[JobId("deploy/deploy")]
    assert job.state is State.FAILED
    for word in (wrong, fingerprint(other), fingerprint(site.servers[wrong].host_key)):
        assert word in job.why
    assert sorted(p.name for p in site.home(wrong).iterdir()) == []
    assert site.look().colour == "blue"
    found = frame(site, wrong)
    assert found is not None
    assert "another host key" in found.why


def fingerprint(key: Path) -> str:
    argv = ["ssh-keygen", "-lf", f"{key}.pub"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return done.stdout.split()[1]


def test_rude_output_is_kept_and_does_no_harm(site: Site) -> None:
    rude = b"".join(
        [
            b"\x1b]0;owned\x07\x1b[2J\x1b[8mhidden\x1b[0m\n",
            b"\x1bP1$r0m\x1b\\\x1b]52;c;b3duZWQ=\x1b\\ unfinished \x1b]8;;http://x/\n",
            b"\xff\xfe\x80 \xc3( \xed\xa0\x80\n",
            "\u009b31m \u202eevil\u202c \u200bzero\n".encode(),
            b"over\rwritten\b\b\b\n",
            bytes(range(256)),
            b"\n[@click=app.quit]x[/] [/] no end",
        ]
    )
    (site.home("lb-1") / "rude").write_bytes(rude)
    site.write(
        pipelines="""
        rude:
          stages:
            - test: {run: 'cat "$HOME/rude"', hosts: [lb-1]}
        """
    )
    site.until("the workspace", lambda: site.front.overview().workspace)
    site.front.file(Verb.RUN, "rude")
    run = site.reaches("rude", State.OK)
    assert site.log(run, "test/test", "lb-1") == rude

    words = ["log", run, "--workspace", str(site.plan.workspace_file)]
    argv = [sys.executable, "-m", "devops_tui", *words]
    done = subprocess.run(
        argv, capture_output=True, check=False, env=os.environ | {"LANG": "C.UTF-8"}
    )
    assert done.returncode == 0, done.stderr
    assert_harmless(done.stdout)
    assert b"hidden" in done.stdout
    assert b"[@click=app.quit]x[/] [/] no end" in done.stdout
    raw = subprocess.run([*argv, "--raw"], capture_output=True, check=True)
    assert raw.stdout == rude
    terminal = Terminal(argv)
    try:
        terminal.wait_for("no end")
        assert terminal.wait() == 0
        own = re.compile(rb"\x1b\[[0-9;]*m")  # our own colours
        assert_harmless(own.sub(b"", terminal.raw).replace(b"\r\n", b"\n"))
        assert b"\x1b[8m" not in terminal.raw
    finally:
        terminal.close()


def assert_harmless(data: bytes) -> None:
    """Nothing in it acts on a terminal or changes the order of what is read."""
    text = data.decode("utf-8")
    acting = [c for c in text if c != "\n" and (c < " " or "\x7f" <= c <= "\x9f")]
    assert acting == []
    assert not set(text) & set("\u202e\u202c\u200b")


def test_a_host_that_is_gone_is_shown_at_once(site: Site) -> None:
    gone = host_text("gone", free_port(), site.servers[CUT].identity, site.plan.known_hosts, "old")
    site.write(hosts=gone)
    site.until("the workspace", lambda: site.front.overview().workspace)
    began = time.monotonic()
    site.until("gone is unreachable", lambda: link(site, "gone") is LinkState.UNREACHABLE, 20)
    site.until("the others are live", lambda: all_live(site), 20)
    assert time.monotonic() - began < 20
    found = frame(site, "gone")
    assert found is not None
    assert "refuses the connection" in found.why
    assert found.retry_at is not None

    site.wires[CUT].refuse()
    site.until("the cut one is", lambda: link(site, CUT) is LinkState.UNREACHABLE, 15)
    assert all_live(site, CUT)
    since = {host: at(site, host) for host in HOSTS if host != CUT}
    site.until("new figures", lambda: all(at(site, h) > s for h, s in since.items()), 20)
    assert link(site, CUT) is LinkState.UNREACHABLE


def at(site: Site, host: str) -> float:
    found = frame(site, host)
    return found.at.timestamp() if found else 0.0


def test_live_figures_are_those_of_the_machine(site: Site) -> None:
    site.write()
    site.until("all are live", lambda: all_live(site))
    loads = [psutil.getloadavg()[0]]
    used = [memory()]
    before = psutil.cpu_times()
    seen: dict[str, dict[float, Frame]] = {host: {} for host in HOSTS}

    def enough() -> bool:
        for host in HOSTS:
            found = frame(site, host)
            if found is not None and found.sample is not None and found.link is LinkState.LIVE:
                seen[host].setdefault(found.sample.uptime_s, found)
        loads.append(psutil.getloadavg()[0])
        used.append(memory())
        return all(len(frames) >= 10 for frames in seen.values())

    site.until("ten samples of each", enough)
    burned = busy_between(before, psutil.cpu_times())
    for frames in seen.values():
        samples = [f.sample for f in frames.values() if f.sample is not None][1:]
        cpu = sum(s.cpu_ratio for s in samples) / len(samples)
        assert cpu == pytest.approx(burned, abs=0.2)
        for sample in samples:
            assert sample.cores == psutil.cpu_count()
            assert sample.mem_total_bytes == psutil.virtual_memory().total
            assert min(used) - 0.03 <= sample.mem_ratio <= max(used) + 0.03
            assert min(loads) - 0.5 <= sample.load_1m <= max(loads) + 0.5
        assert samples[-1].uptime_s == pytest.approx(time.monotonic(), abs=10)


def memory() -> float:
    found = psutil.virtual_memory()
    return 1.0 - found.available / found.total


def busy_between(before: object, after: object) -> float:
    """The share of all processors' time that was neither idle nor waiting."""
    kinds = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    delta = {k: float(getattr(after, k)) - float(getattr(before, k)) for k in kinds}
    return 1.0 - (delta["idle"] + delta["iowait"]) / sum(delta.values())
