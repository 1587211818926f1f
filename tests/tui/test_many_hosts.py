"""Marked hosts side by side: logs by time, then processes; they are asked while it is open."""

from __future__ import annotations

import pytest
from driving import driving
from fake_front import FakeFront
from sample_world import world

from devops_tui.domain.ids import HostName
from devops_tui.domain.survey import LOG, PROCESSES, UNITS, Answer, Reading, Survey
from devops_tui.tui.screens.many_hosts import ManyHostsScreen


class Talks(FakeFront):
    """Each host says a line of its own; web-03 said its own earlier."""

    def host_survey(self, host: str, *, looks: bool = False) -> Survey:
        if looks:
            self.looks = (*self.looks, host)
        at = self.overview().at
        second = {"web-07": 9}.get(host, 1)
        said = Reading("", f"2026-01-01T00:00:0{second}Z [@click=app.quit]{host}[/] \x1b[2Jsaid")
        busy = Reading("python3", "pid 7", figures={"cpu_ratio": 0.5, "rss_bytes": 1 << 20})
        answers: tuple[Answer, ...] = (Answer(LOG, at, (said,)), Answer(PROCESSES, at, (busy,)))
        if host == "web-07":
            answers = (*answers, Answer(UNITS, at, (Reading("cron.service", "failed"),)))
        return Survey(HostName(host), answers)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_logs_stand_by_time_and_tab_changes(size: tuple[int, int]) -> None:
    front = Talks(world())
    async with driving(front, size) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("space", "space", "l")
        await driver.until(lambda: isinstance(driver.app.screen, ManyHostsScreen), "it opens")
        await driver.until_shown("logs, by time")
        await driver.until_shown("[@click=app.quit]web-03[/]")
        rows = [row for row in driver.rows() if "said" in row]
        assert ["web-03" in rows[0], "web-07" in rows[1]] == [True, True]
        assert {"web-07", "web-03"} <= set(front.looks)
        await driver.press("tab")
        await driver.until_shown("busiest first")
        await driver.until_shown("python3")
        await driver.press("tab")
        await driver.until_shown("cron.service")
        await driver.until_shown("not answered yet: ")
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, ManyHostsScreen), "it leaves")
