"""`maintenance:` is read, or refused at its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devops_tui.domain.errors import ConfigError
from devops_tui.domain.hours import Window
from devops_tui.domain.silence import Maintenance
from devops_tui.domain.workspace import Workspace

BASE = "name: a\nhosts: {web-1: {groups: [web]}}\n"


def test_hours_of_hosts_are_read(loaded: Callable[[str], Workspace]) -> None:
    workspace = loaded(
        f'{BASE}maintenance: [{{hosts: [web, cpu@web-1], days: sun, from: "23:00", to: "01:00",'
        " zone: Europe/Berlin, why: patches}]\n"
    )
    window = Window((6,), 1380, 60, "Europe/Berlin")
    assert workspace.maintenance == (Maintenance(("web", "cpu@web-1"), window, "patches"),)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('hosts: wep, days: sun, from: "02:00", to: "04:00"', "did you mean `web`?"),
        ('hosts: cpu@wep, days: sun, from: "02:00", to: "04:00"', "unknown host or group `wep`"),
        ('hosts: web, days: sun, from: "02:00", to: "02:00"', "never begins"),
        ('hosts: web, days: someday, from: "02:00", to: "04:00"', "someday"),
        ("hosts: web, days: sun", "from"),
    ],
)
def test_a_mistake_has_its_place(loaded: Callable[[str], Workspace], text: str, what: str) -> None:
    with pytest.raises(ConfigError) as found:
        loaded(f"{BASE}maintenance:\n  - {{{text}}}\n")
    told = "\n".join(map(str, found.value.mistakes))
    assert what in told
    assert ":4:" in told
