"""Approvers, gates of their own, windows, freezes and channels: read, or refused at their place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from devops_tui.domain.approval import Approvers
from devops_tui.domain.hours import Freeze, Window
from devops_tui.domain.notify import EmailWay, TerminalWay, WebhookWay
from devops_tui.domain.team import Role
from devops_tui.domain.work import AskApproval
from devops_tui.domain.workspace import Workspace

Mistakes = Callable[[str], list[str]]
Loaded = Callable[[str], Workspace]

BASE = """\
name: a
team: [{name: minji, roles: [product_owner], git: Minji Kim}, {name: jun}]
hosts: {w-1: , w-2: , lb: }
environments:
  production:
    windows: [{days: mon-thu, from: "09:00", to: "16:00", zone: Europe/Berlin}]
    freezes: [{from: 2026-12-20, to: 2027-01-03, why: "year's end"}]
    approvers: {roles: [product_owner], not_author: true}
    break_glass: {members: [jun]}
services:
  shop:
    environment: production
    colours: {blue: {hosts: w-1, port: 80}, green: {hosts: w-2, port: 80}}
    switch: {haproxy: {hosts: lb, socket: /s, map: /m}}
notify:
  chat: {webhook: {url: "env:CHAT", sign: "file:key"}, on: approval}
  bell: {terminal: {bell: false}}
  mail: {email: {host: h, from: a@b, to: c@d}, environments: production, pipelines: p}
pipelines:
  p:
    windows: [{days: [sat, mon-tue], from: "22:00", to: "02:00"}]
    stages:
      - test: {unit: {run: a}, ask: {approve: {text: go on?, expires: 2d}, needs: [unit]}}
      - release: {service: shop, remind: 1h}
      - release-2: {service: shop, approvers: {members: jun}}
"""


def test_rules_of_the_environment_reach_its_releases(loaded: Loaded) -> None:
    workspace = loaded(BASE)
    production = workspace.environments["production"]
    assert production.hours.windows == (Window((0, 1, 2, 3), 540, 960, "Europe/Berlin"),)
    (freeze,) = production.hours.freezes
    assert freeze == Freeze(
        datetime(2026, 12, 19, 23, tzinfo=UTC),
        datetime(2027, 1, 3, 23, tzinfo=UTC),  # the last day counts as a whole
        "year's end",
        "Europe/Berlin",
    )
    assert production.break_glass == Approvers(members=("jun",))
    test, release, second = workspace.pipelines["p"].stages
    owners = Approvers((Role.PRODUCT_OWNER,), is_not_author=True)
    assert test.jobs[1].work == AskApproval(2 * 86400.0, "go on?")
    assert test.jobs[1].needs == ("unit",)
    assert release.jobs[0].work == AskApproval(7 * 86400.0, "", owners, 3600.0)
    assert second.jobs[0].work == AskApproval(7 * 86400.0, "", Approvers(members=("jun",)))
    assert workspace.pipelines["p"].hours.windows[0].days == (0, 1, 5)
    assert workspace.team.git_names_of("minji") == ("Minji Kim",)


def test_channels_are_read(loaded: Loaded) -> None:
    workspace = loaded(BASE)
    chat, bell, mail = workspace.notify.channels
    assert chat.way == WebhookWay("env:CHAT", f"file:{workspace.folder}/key")
    assert bell.way == TerminalWay(has_bell=False)
    assert mail.way == EmailWay("h", "a@b", ("c@d",))
    assert (mail.environments, mail.pipelines) == (("production",), ("p",))
    assert workspace.notify.terminal is bell
    assert workspace.notify.sent == (chat, mail)


@pytest.mark.parametrize(
    ("replaced", "by", "said"),
    [
        ("mon-thu", "mon-tho", "6:22: bad days `mon-tho`; write mon-thu"),
        ('"16:00"', '"25:00"', "6:50: bad time of day `25:00`"),
        ('"16:00"', '"09:00"', "6:50: the window is never open"),
        ("Europe/Berlin", "Europe/Brelin", "6:65: unknown time zone Europe/Brelin"),
        ("2026-12-20", "2026-13-20", "7:22: there is no day `2026-13-20`"),
        ("2027-01-03", "2025-01-03", "7:38: the freeze ends before it begins; swap the two"),
        ("[product_owner], not", "[owner], not", "8:25: `roles` cannot be this"),
        ("not_author: true", "count: 3", "8:48: 3 people have to approve, and 1 may"),
        ("[jun]}\nserv", "[jum]}\nserv", "9:29: unknown member `jum`; did you mean `jun`?"),
        ('"env:CHAT"', "http://192.0.2.1/x", "16:19: plain http would carry this over the"),
        ("on: approval", "on: aprovals", "16:60: `on` cannot be this; write approval"),
        ("terminal: {bell: false}", "{}", "17:9: a channel has one way"),
        (
            "bell: {terminal: {bell: false}}",
            "b: {command: [x], terminal: {}}",
            "17:6: a channel has",
        ),
        ("from: a@b", "from: ab", "18:33: no address of mail"),
        ("c@d}", "c@d, user: u}", "18:17: a user needs a password"),
        ("pipelines: p}", "pipelines: q}", "18:85: unknown pipeline `q`"),
        ("expires: 2d", "expires: 2", "23:71: bad duration `2`: the unit is missing"),
        ("  p:\n", "  p:\n    delivery: automatic\n", "24:38: `delivery: automatic` has no gate"),
    ],
)
def test_mistakes_are_said_at_their_place(
    mistakes: Mistakes, replaced: str, by: str, said: str
) -> None:
    assert replaced in BASE
    found = mistakes(BASE.replace(replaced, by, 1))
    assert any(one.startswith(f"devops.yaml:{said}") for one in found), found
