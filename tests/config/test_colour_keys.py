"""`down`, `batches` and `testers` of a service, and what is said of mistakes in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.batches import HostCount
from devops_tui.domain.errors import ConfigError
from devops_tui.domain.switch_lines import switch_lines
from devops_tui.domain.switching import PreviewRequest
from devops_tui.domain.traffic import Service
from devops_tui.domain.watching import MetricQuery, WatchSigns

TEXT = """\
name: shop
hosts: {web-1: , web-2: , lb-1: }
environments: {test: }
services:
  shop:
    environment: test
    colours: {blue: {hosts: web-1, port: 80}, green: {hosts: web-2, port: 80}}
    switch: {SWITCH}
    KEYS
"""
NGINX = "nginx: {hosts: lb-1, flag: /etc/nginx/colour/shop.green}"
COMMAND = "command: {hosts: lb-1, run: /bin/switch}"


def service_of(folder: Path, keys: str, switch: str = NGINX) -> Service:
    text = TEXT.replace("{SWITCH}", f"{{{switch}}}").replace("KEYS", keys)
    (folder / "devops.yaml").write_text(text)
    return load(folder).services["shop"]


def test_a_service_says_how_a_colour_is_stopped_and_in_which_steps(tmp_path: Path) -> None:
    service = service_of(tmp_path, "down: systemctl stop shop\n    batches: [1, 50%]")
    assert service.down == "systemctl stop shop"
    assert service.batches == (HostCount(1), HostCount(0, 0.5))
    assert service_of(tmp_path, "drain: 5s").batches == ()


@pytest.mark.parametrize(
    ("keys", "expected", "line"),
    [
        (
            "testers: {header: X-Preview}",
            PreviewRequest(header="X-Preview"),
            "if ($http_x_preview = green) { set $colour green; }",
        ),
        (
            "testers: {cookie: preview}",
            PreviewRequest(cookie="preview"),
            "if ($cookie_preview = green) { set $colour green; }",
        ),
    ],
)
def test_testers_are_known_by_a_header_or_a_cookie(
    keys: str, expected: PreviewRequest, line: str, tmp_path: Path
) -> None:
    service = service_of(tmp_path, keys)
    assert service.testers == expected
    assert line in switch_lines(service)


@pytest.mark.parametrize(
    ("keys", "switch", "said"),
    [
        ("testers: {}", NGINX, "testers are known by one of `header` and `cookie`"),
        ("testers: {header: X, cookie: x}", NGINX, "testers are known by one of"),
        ("testers: {cookie: my-cookie}", NGINX, "no name of a cookie"),
        ("testers: {header: X-Preview}", COMMAND, "does not say that it can route testers"),
        ("batches: [0]", NGINX, "bad number of hosts"),
    ],
)
def test_mistakes_are_said_with_their_place(
    keys: str, switch: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as wrong:
        service_of(tmp_path, keys, switch)
    (mistake,) = wrong.value.mistakes
    assert said in mistake.what
    assert mistake.line == 9


def test_a_program_that_promises_it_may_route_testers(tmp_path: Path) -> None:
    able = COMMAND.replace("}", ", can: testers}")
    service = service_of(tmp_path, "testers: {header: X-Preview}", able)
    assert service.switch is not None
    assert "testers" in service.switch.abilities.words


PROMETHEUS = "\ntools: {prom: {kind: prometheus, url: 'http://127.0.0.1:9090'}}\n"
ASKED = "watch: {alerts: true, promql: [{tool: NAME, query: up, least: 1}]}"


def test_a_watch_names_its_alerts_and_its_questions(tmp_path: Path) -> None:
    service = service_of(tmp_path, ASKED.replace("NAME", "prom") + PROMETHEUS)
    assert service.watch == WatchSigns(True, (MetricQuery("prom", "up", least=1),))
    assert service_of(tmp_path, "drain: 5s").watch == WatchSigns()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (ASKED.replace("NAME", "prmo") + PROMETHEUS, "`prmo` is no tool that answers PromQL"),
        ("watch: {promql: [{tool: prom, query: up}]}" + PROMETHEUS, "a question needs a bound"),
    ],
)
def test_a_question_that_nobody_can_answer_is_a_mistake(
    keys: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as mistakes:
        service_of(tmp_path, keys)
    (mistake,) = mistakes.value.mistakes
    assert said in mistake.what
