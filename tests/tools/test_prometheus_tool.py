"""Prometheus and Alertmanager as tools: both real, and answers that they give seldom."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from support.sshd import free_port
from support.tool_double import tool_double
from support.tool_reading import SECRET, OneSecret, read_tool, settings_of

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, Reading, ToolKind
from devops_tui.integrations.tools.web import HttpToolWeb

PATIENCE_S = 60.0
RULES = """groups:
- name: shop
  interval: 1s
  rules:
  - {alert: AlwaysOn, expr: "vector(1)", labels: {severity: critical, instance: "web-1:9100"},
     annotations: {summary: "the shop is [b]slow[/b]"}}
  - {alert: Warned, expr: "vector(1)", labels: {severity: warning}}
  - {alert: SoonOn, expr: "vector(1)", for: 1h, annotations: {description: "patience"}}
"""


@contextmanager
def program(name: str, argv: list[str], folder: Path, ready: str) -> Iterator[None]:
    """A server that ends with the block; skips where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}")
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen([found, *argv], stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with urlopen(ready, timeout=5):  # noqa: S310 loopback
                    break
            except (URLError, OSError):
                assert time.monotonic() < deadline, (folder / f"{name}.log").read_text()
                time.sleep(0.05)  # until it listens
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def prometheus(folder: Path, alertmanager: int = 0) -> Iterator[str]:
    """One that has alerts of every state, and a target that nobody serves."""
    port, dead = free_port(), free_port()
    (folder / "rules.yml").write_text(RULES)
    told = f'["127.0.0.1:{alertmanager}"]' if alertmanager else "[]"
    (folder / "p.yml").write_text(
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\nrule_files: [rules.yml]\n"
        f"alerting: {{alertmanagers: [{{static_configs: [{{targets: {told}}}]}}]}}\n"
        "scrape_configs:\n"
        f'  - {{job_name: self, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}\n'
        f'  - {{job_name: node, static_configs: [{{targets: ["127.0.0.1:{dead}"]}}]}}\n'
    )
    argv = [
        f"--config.file={folder}/p.yml",
        f"--storage.tsdb.path={folder}/data",
        "--rules.alert.resend-delay=1s",  # the first is lost where it is not found yet
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    url = f"http://127.0.0.1:{port}"
    with program("prometheus", argv, folder, f"{url}/-/ready"):
        yield url


async def until(kind: ToolKind, url: str, wanted: set[tuple[str, Level]]) -> Reading:
    """Reads until these stand in it, by name and level."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = await read_tool(kind, url)
        if {(f.name, f.level) for f in found.findings} == wanted:
            return found
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)


@pytest.mark.real
async def test_a_real_prometheus_says_its_alerts_and_dead_targets(tmp_path: Path) -> None:
    with prometheus(tmp_path) as url:
        wanted = {
            ("AlwaysOn", Level.CRITICAL),
            ("Warned", Level.WARNING),
            ("SoonOn", Level.WARNING),
            ("target node", Level.CRITICAL),
        }
        found = await until(ToolKind.PROMETHEUS, url, wanted)
        again = await read_tool(ToolKind.PROMETHEUS, url)
    assert found.version.startswith("2.") or found.version.startswith("3.")
    by_name = {f.name: f for f in found.findings}
    on = by_name["AlwaysOn"]
    assert (on.host, on.text) == ("web-1", "the shop is [b]slow[/b]")
    assert on.since is not None
    assert by_name["SoonOn"].text == "about to fire: patience"
    assert by_name["target node"].host == "127.0.0.1"
    assert "refused" in by_name["target node"].text
    assert {f.id for f in again.findings} == {f.id for f in found.findings}


@pytest.mark.real
async def test_a_real_alertmanager_says_alerts_and_silences(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "am.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    argv = [
        f"--config.file={tmp_path}/am.yml",
        f"--storage.path={tmp_path}/am",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    url = f"http://127.0.0.1:{port}"
    with (
        program("prometheus-alertmanager", argv, tmp_path, f"{url}/-/ready"),
        prometheus(tmp_path, port),
    ):
        wanted = {("AlwaysOn", Level.CRITICAL), ("Warned", Level.WARNING)}
        found = await until(ToolKind.ALERTMANAGER, url, wanted)
        on = next(f for f in found.findings if f.name == "AlwaysOn")
        assert (on.host, on.is_quiet) == ("web-1", False)
        assert found.version
        now = datetime.now(UTC)
        named = {"name": "alertname", "value": "AlwaysOn", "isRegex": False}
        silence = {
            "matchers": [named],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(hours=1)).isoformat(),
            "createdBy": "jun",
            "comment": "known",
        }
        web = HttpToolWeb(settings_of(ToolKind.ALERTMANAGER, url), OneSecret())
        await web.post("/api/v2/silences", silence)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = await read_tool(ToolKind.ALERTMANAGER, url)
            if [f.name for f in found.findings if f.is_quiet] == ["AlwaysOn"]:
                break
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.1)


def answers(alerts: object = (), targets: object = ()) -> dict[str, object]:
    return {
        "/api/v1/status/buildinfo": {"status": "success", "data": {"version": "2.53.0"}},
        "/api/v1/alerts": {"status": "success", "data": {"alerts": list(alerts)}},  # type: ignore[call-overload]
        "/api/v1/targets": {"status": "success", "data": {"activeTargets": list(targets)}},  # type: ignore[call-overload]
    }


async def test_nothing_fires_and_all_is_fetched() -> None:
    up = {"labels": {"job": "node", "instance": "web-1:9100"}, "health": "up"}
    async with tool_double(answers(targets=[up])) as double:
        assert await read_tool(ToolKind.PROMETHEUS, double.url, token=True) == Reading("2.53.0")
        assert double.asked[0].headers["authorization"] == f"Bearer {SECRET}"


async def test_a_target_that_was_never_fetched_is_unknown() -> None:
    new = {
        "labels": {"job": "node", "instance": "[::1]:9100"},
        "health": "unknown",
        "lastScrape": "0001-01-01T00:00:00Z",
    }
    async with tool_double(answers(targets=[new])) as double:
        found = await read_tool(ToolKind.PROMETHEUS, double.url)
    assert found.findings == (
        Finding("target node [::1]:9100", Level.UNKNOWN, "target node", "not fetched yet", "::1"),
    )


async def test_five_thousand_alerts_are_bounded_and_counted() -> None:
    many = [
        {"labels": {"alertname": "A", "instance": f"h{n}:1"}, "state": "firing", "annotations": {}}
        for n in range(5000)
    ]
    async with tool_double(answers(alerts=many)) as double:
        found = await read_tool(ToolKind.PROMETHEUS, double.url)
    assert (len(found.findings), found.left_out) == (500, 4500)


async def test_a_secret_that_comes_back_is_masked() -> None:
    alert = {
        "labels": {"alertname": f"leak {SECRET}"},
        "state": "firing",
        "annotations": {"summary": f"token={SECRET}"},
    }
    async with tool_double(answers(alerts=[alert])) as double:
        found = await read_tool(ToolKind.PROMETHEUS, double.url, token=True)
        double.answers["/api/v1/alerts"] = (500, f"oh {SECRET}")
        with pytest.raises(ToolSilent) as caught:
            await read_tool(ToolKind.PROMETHEUS, double.url, token=True)
    assert SECRET not in repr(found)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("kind", [ToolKind.PROMETHEUS, ToolKind.ALERTMANAGER])
async def test_another_program_is_not_taken_for_it(kind: ToolKind) -> None:
    paths = [*answers(), "/api/v2/status", "/api/v2/alerts"]
    async with tool_double({path: {"hello": "world"} for path in paths}) as double:
        with pytest.raises(ToolSilent, match="the answer is not that of a"):
            await read_tool(kind, double.url)
