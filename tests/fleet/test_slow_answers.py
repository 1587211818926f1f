"""What slow questions' commands print, and what it means; also what makes no sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devops_tui.domain.alert_condition import judge, parse_rule
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.domain.nagios import perfdata, read_check
from devops_tui.domain.survey import (
    CERTIFICATES,
    DISKS,
    SYSTEM,
    UNITS,
    Answer,
    Level,
    Reading,
    figures_of,
)
from devops_tui.domain.survey_disks import DiskTrend, read_disks
from devops_tui.domain.survey_read import (
    read_certificates,
    read_containers,
    read_log,
    read_ports,
    read_processes,
    read_system,
    read_units,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DF = b"""Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/vda1 1000 500 500 50% /
/dev/vdb1 1000 980 20 98% /var/lib/data
#inodes
Filesystem Inodes IUsed IFree IUse% Mounted on
/dev/vda1 1000 910 90 91% /
"""


def test_disks_with_their_inodes() -> None:
    data, root = read_disks(DF)
    assert (data.name, data.level, data.figures["used_ratio"]) == (
        "/var/lib/data",
        Level.CRITICAL,
        0.98,
    )
    assert (root.name, root.level) == ("/", Level.WARNING)  # of its inodes
    assert root.figures["inodes_ratio"] == pytest.approx(0.91)
    assert "inodes_ratio" not in data.figures


def test_a_disk_that_fills_says_when_it_is_full() -> None:
    trend = DiskTrend()

    def left(minute: int, free: float) -> float | None:
        reading = Reading("/", figures={"free_bytes": free})
        (found,) = trend.take([reading], NOW + timedelta(minutes=minute))
        return found.figures.get("left_hours")

    assert left(0, 1000.0) is None
    assert left(5, 900.0) is None  # too soon to say
    assert left(30, 500.0) == pytest.approx(0.5)
    assert left(40, 1000.0) is None  # it was cleared up
    assert left(20, 400.0) is None  # the clock jumped back


def test_failed_units_and_nothing_else() -> None:
    output = (
        b"nginx.service loaded failed failed A high performance server\nx y\nodd.service a b c\n"
    )
    assert read_units(output) == (
        Reading("nginx.service", "A high performance server", Level.CRITICAL),
    )


def test_ports_of_the_kernels_tables() -> None:
    output = b"""   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000
   1: 00000000:0016 00000000:0000 0A 0
   2: 0100007F:1F91 00000000:0000 01 0
   3: 00000000000000000000000000000000:0016 0:0 0A 0
   4: 00000000000000000000000001000000:0019 0:0 0A 0
   5: 0502A8C0:0050 0:0 0A 0
   6: zz:zz 0:0 0A 0
"""
    found = [(r.name, r.text) for r in read_ports(output)]
    assert found == [
        ("22", "everywhere"),
        ("25", "loopback"),
        ("80", "192.168.2.5"),
        ("8080", "loopback"),
    ]


def system(text: str) -> dict[str, Reading]:
    return {r.name: r for r in read_system(text.encode(), NOW, NOW + timedelta(seconds=0.2))}


def test_restart_kills_and_clock() -> None:
    epoch = NOW.timestamp()
    found = system(f"#reboot\nrequired\nlinux-image\n#oom\n3\n#chrony\n#date\n{epoch + 90:.3f}\n")
    assert found["reboot"].figures == {"reboot_required": 1.0}
    assert found["reboot"].text == "required linux-image"
    assert found["oom kills"].figures == {"total": 3.0}
    assert found["clock"].figures["offset_s"] == pytest.approx(89.8, abs=0.01)
    assert found["clock"].level is Level.WARNING
    fine = system(f"#reboot\n#oom\n\n#chrony\nA,b,3,1.0,-0.002,0\n#date\n{epoch + 90:.3f}\n")
    assert fine["clock"].figures == {"offset_s": 0.002}
    assert fine["reboot"].level is Level.OK
    assert "oom kills" not in fine
    whole_seconds = system(f"#date\n{int(epoch)}\n")
    assert whole_seconds["clock"].figures == {"offset_s": 0.0}
    assert system("no sections at all") == {}


def test_containers_by_their_state() -> None:
    output = b"web\tn\tUp 3 days (unhealthy)\njob\ta\tExited (0) now\nbad\tb\tExited (1) now\n?"
    assert [(r.name, r.level) for r in read_containers(output)] == [
        ("web", Level.CRITICAL),
        ("job", Level.OK),
        ("bad", Level.CRITICAL),
    ]


def test_a_tool_that_may_not_ask_is_not_the_same_as_no_containers() -> None:
    assert read_containers(b"") == ()
    (found,) = read_containers(b"permission denied: /var/run/docker.sock\n")
    assert (found.level, found.text) == (Level.UNKNOWN, "permission denied: /var/run/docker.sock")


def test_certificates_that_end_soon_come_first() -> None:
    output = (
        b"/a.pem\tnotAfter=Apr 20 12:00:00 2026 GMT\n443\tnotAfter=Mar 11 12:00:00 2026 GMT\n"
        b"/gone.pem\tcannot be read\n/old.pem\tnotAfter=Feb  1 00:00:00 2026 GMT\n"
    )
    found = read_certificates(output, {"/a.pem": 21.0, "443": 21.0}, NOW)
    assert [(r.name, r.level) for r in found] == [
        ("/old.pem", Level.CRITICAL),
        ("/gone.pem", Level.UNKNOWN),
        ("443", Level.WARNING),
        ("/a.pem", Level.OK),
    ]
    assert found[2].figures == {"left_days": 10.0}


def test_processes_and_log() -> None:
    (process,) = read_processes(b"7 0.5000 2048 a (b) c\nnonsense\n1 x y z\n")
    assert process == Reading("a (b) c", "pid 7", figures={"cpu_ratio": 0.5, "rss_bytes": 2048.0})
    assert [r.text for r in read_log(b"journal\nfirst\xff\n")] == ["journal", "first\\xff"]


@pytest.mark.parametrize(
    ("code", "output", "level", "text"),
    [
        (0, b"OK - fine | a=1", Level.OK, "OK - fine"),
        (1, b"WARNING", Level.WARNING, "WARNING"),
        (2, b"CRITICAL: down\nmore", Level.CRITICAL, "CRITICAL: down"),
        (3, b"", Level.UNKNOWN, ""),
        (127, b"", Level.UNKNOWN, "the command cannot be run there"),
        (9, b"odd", Level.UNKNOWN, "odd (exit code 9)"),
    ],
)
def test_verdicts_of_checks(code: int, output: bytes, level: Level, text: str) -> None:
    found = read_check("mail", code, output)
    assert (found.level, found.text) == (level, text)


def test_performance_data() -> None:
    text = "time=0.06s;;;0.0;10 'free space'=42%;20;10 'it''s'=1 size=10KB bad x=U -1=2"
    assert perfdata(text) == {
        "time_s": 0.06,
        "free space_%": 42.0,
        "it's": 1.0,
        "size_KB": 10.0,
        "-1": 2.0,
    }
    assert read_check("a", 0, b"x | a=1\nlong | b=2\n c=3").figures == {"a": 1.0, "b": 2.0}


def test_figures_for_alerts_and_nothing_from_answers_that_are_overdue() -> None:
    disks = Answer(DISKS, NOW, read_disks(DF))
    units = Answer(UNITS, NOW, (Reading("a", level=Level.CRITICAL),))
    system = Answer(SYSTEM, NOW, (Reading("oom", figures={"oom_kills": 2.0}),))
    certificates = Answer(CERTIFICATES, NOW, (Reading("443", figures={"left_days": 9.0}),))
    check = Answer("check:mail", NOW, (Reading("mail", level=Level.WARNING),))
    found = figures_of([disks, units, system, certificates, check])
    assert (found["disk_used_mount"], found["disk_used_ratio"]) == ("/var/lib/data", 0.98)
    assert (found["failed_units"], found["oom_kills"]) == (1.0, 2.0)
    assert (found["cert_days"], found["worst_check"]) == (9.0, 1.0)
    old = figures_of([Answer(DISKS, NOW, read_disks(DF), "no answer within 8 s")])
    assert set(old.values()) == {None, ""}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("disk_hours_left < 24", True),
        ("cert_days < 14 and not failed_units > 0", True),
        ("inodes > 90 %", None),  # the host did not say
        ("worst_check >= 2", False),
    ],
)
def test_alerts_may_ask_for_them(rule: str, expected: bool | None) -> None:
    sample = Sample(
        uptime_s=1.0,
        cpu_ratio=0.1,
        mem_ratio=0.1,
        load_1m=0.1,
        cores=1,
        disk_hours_left=5.0,
        cert_days=9.0,
        failed_units=0.0,
        worst_check=1.0,
    )
    frame = Frame(HostName("web-1"), LinkState.LIVE, NOW, sample)
    assert judge(parse_rule(rule), frame) is expected
