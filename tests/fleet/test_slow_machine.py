"""Graphics processors, temperatures, updates: real scripts under sh, invented hosts."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devops_tui.domain.fleet import Host, Scope
from devops_tui.domain.ids import HostName
from devops_tui.domain.slow_plan import SlowPlan
from devops_tui.domain.survey import GPU, TEMPERATURES, UPDATES, Answer, Level, Reading, figures_of
from devops_tui.services.slow_question import NOT_THERE, Question
from devops_tui.services.slow_questions import questions_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOST = Host(HostName("h"))


def question(kind: str) -> Question:
    return next(q for q in questions_of(HOST, SlowPlan()) if q.kind == kind)


def ask(
    asked: Question, folder: Path, tools: dict[str, str], sys: str = "/sys"
) -> tuple[int, tuple[Reading, ...]]:
    """Under sh, with these programs beside the usual ones."""
    place = folder / "bin"
    place.mkdir()
    for name, body in tools.items():
        (place / name).write_text(f"#!/bin/sh\n{body}\n")
        (place / name).chmod(0o755)
    path = f"{place}:{os.environ['PATH']}"
    script = asked.script.replace("/sys/", f"{sys}/").replace("/var/lib/apt/lists", str(place))
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, env={"PATH": path, "LC_ALL": "C"}, check=False
    )
    return done.returncode, asked.read(done.returncode, done.stdout, NOW, NOW)


def test_graphics_processors_tell_what_they_know(tmp_path: Path) -> None:
    said = (
        "0, NVIDIA A100-SXM4-80GB, 73, 12000, 81920, 61, 250.31\n"
        "1, Tesla T4, [N/A], 0, 15360, 91, [Not Supported]"
    )
    code, found = ask(question(GPU), tmp_path, {"nvidia-smi": f'cat <<"E"\n{said}\nE'})
    assert code == 0
    assert found[0] == Reading(
        "0 NVIDIA A100-SXM4-80GB",
        "73 % busy, 12,000 of 81,920 MiB, 61 °C, 250 W",
        Level.OK,
        {
            "used_ratio": 0.73,
            "memory_ratio": 12000 / 81920,
            "temperature_c": 61.0,
            "power_w": 250.31,
        },
    )
    assert (found[1].level, found[1].text) == (Level.WARNING, "0 of 15,360 MiB, 91 °C")
    told = figures_of([Answer(GPU, NOW, found)])
    assert (told["gpu_used_ratio"], told["temperature_c"]) == (0.73, 91.0)


def test_a_card_that_fell_off_is_unknown_and_none_is_none(tmp_path: Path) -> None:
    lost = 'echo "Unable to determine the device handle for GPU: GPU is lost"; exit 15'
    _, (reading,) = ask(question(GPU), tmp_path, {"nvidia-smi": lost})
    assert reading.level is Level.UNKNOWN
    (tmp_path / "none").mkdir()
    assert ask(question(GPU), tmp_path / "none", {})[0] == NOT_THERE


def sensors(folder: Path, **files: str) -> str:
    for name, value in files.items():
        path = folder / "sys/class" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{value}\n")
    return str(folder / "sys")


def test_sensors_with_their_limits_hottest_first(tmp_path: Path) -> None:
    place = sensors(
        tmp_path, hwmon__hwmon0__name="coretemp", hwmon__hwmon0__temp1_input="71000",
        hwmon__hwmon0__temp1_label="Package id 0", hwmon__hwmon0__temp1_max="70000",
        hwmon__hwmon0__temp1_crit="100000", hwmon__hwmon1__name="nvme",
        hwmon__hwmon1__temp1_input="90000", hwmon__hwmon1__temp1_crit="84850",
        hwmon__hwmon1__temp2_input="-273000", thermal__thermal_zone0__temp="20000",
    )  # fmt: skip
    code, found = ask(question(TEMPERATURES), tmp_path, {}, place)
    assert code == 0
    assert [(r.name, r.text, r.level) for r in found] == [
        ("nvme temp1", "90 of 85 °C", Level.CRITICAL),
        ("coretemp Package id 0", "71 of 100 °C", Level.WARNING),
    ]


def test_thermal_zones_where_there_is_no_sensor(tmp_path: Path) -> None:
    place = sensors(
        tmp_path, thermal__thermal_zone0__temp="48500", thermal__thermal_zone0__type="cpu-thermal"
    )
    _, (reading,) = ask(question(TEMPERATURES), tmp_path, {}, place)
    assert (reading.name, reading.text) == ("cpu-thermal", "48 °C")
    (tmp_path / "none").mkdir()
    assert ask(question(TEMPERATURES), tmp_path / "none", {}, "/none")[0] == NOT_THERE


APT = """
Inst libc6 [2.36-9] (2.36-9+deb12u4 Debian-Security:12/stable-security [amd64])
Inst nano (7.2-1 Debian:12.4/stable [amd64])
Conf libc6 (2.36-9+deb12u4 Debian-Security:12/stable-security [amd64])
"""
DNF = """
openssl.x86_64      1:3.0.7-25.el9_3    baseos
kernel.x86_64       5.14.0-362.el9      baseos
Obsoleting Packages
a.noarch 1 b
"""


def test_updates_of_apt_and_dnf(tmp_path: Path) -> None:
    _, (reading,) = ask(question(UPDATES), tmp_path, {"apt-get": f"cat <<'E'\n{APT}E"})
    assert (reading.level, reading.text) == (
        Level.WARNING,
        "2 pending, 1 for security: libc6, nano",
    )
    assert figures_of([Answer(UPDATES, NOW, (reading,))])["security_updates"] == 1.0
    without_apt = Question(
        UPDATES, 1, question(UPDATES).script.replace("apt-get", "no-apt"), question(UPDATES).read
    )
    urgent = "FEDORA-1 Important/Sec. openssl-1:3.0.7-25.el9_3.x86_64"
    body = f'case "$*" in *updateinfo*) echo "{urgent}";; *) cat <<"E"\n{DNF}E\nexit 100;; esac'
    (tmp_path / "dnf").mkdir()
    _, (reading,) = ask(without_apt, tmp_path / "dnf", {"dnf": body})
    assert reading.text == "2 pending, 1 for security: openssl.x86_64, kernel.x86_64"
    (tmp_path / "none").mkdir()
    _, (reading,) = ask(question(UPDATES), tmp_path / "none", {"apt-get": "exit 0"})
    assert (reading.level, reading.text) == (Level.OK, "up to date")


@pytest.mark.parametrize(
    "output", [b"", b"\xff\x00,,,", b"1,2,3,4,5,6,7\n\t\t\t\n#apt\nInst", b"a\tb\tc\td"]
)
def test_garbage_gives_no_figures_and_no_fault(output: bytes) -> None:
    for kind in (GPU, TEMPERATURES, UPDATES):
        for reading in question(kind).read(0, output, NOW, NOW):
            assert all(abs(value) < 1e15 for value in reading.figures.values())


def test_hosts_that_share_a_kernel_are_not_asked_and_nobody_is_asked_for_updates_at_once() -> None:
    shared = questions_of(Host(HostName("h"), scope=Scope.TREE), SlowPlan())
    assert not {GPU, TEMPERATURES, UPDATES} & {q.kind for q in shared}
    assert question(UPDATES).spread_s > 60
