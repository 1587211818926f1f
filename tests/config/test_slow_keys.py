"""Checks, certificates and exports: what is taken, and what is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.errors import ConfigError
from devops_tui.domain.export import Export
from devops_tui.domain.ids import HostName
from devops_tui.domain.slow_plan import Certificates, Check, SlowPlan
from devops_tui.domain.workspace import Workspace

HOSTS = "name: shop\nhosts: {web-1: {groups: [web]}, db-1: {}}\n"


def loaded(folder: Path, text: str) -> Workspace:
    file = folder / "devops.yaml"
    file.write_text(HOSTS + text)
    return load(file)


def test_left_out_nothing_is_asked_and_nothing_is_exported(tmp_path: Path) -> None:
    found = loaded(tmp_path, "")
    assert (found.slow, found.export) == (SlowPlan(), Export())
    assert found.export.port == 0


def test_everything_that_may_be_said(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        """
checks:
  - {name: mail, run: check_mailq -w 10, every: 1m, timeout: 30s, groups: web}
certificates:
  - {files: /etc/ssl/a.pem, ports: [443, "mail.example.com:993"], warn: 30d, groups: [web]}
export:
  listen: "[::1]:9464"
  remote_write: {url: "https://metrics.example.com/api/v1/write", every: 30s}
""",
    )
    check = Check("mail", "check_mailq -w 10", 60.0, 30.0, ("web",))
    ports = ("443", "mail.example.com:993")
    assert found.slow == SlowPlan(
        (check,), (Certificates(("/etc/ssl/a.pem",), ports, 30.0, ("web",)),)
    )
    assert found.slow.checks_of(found.hosts[HostName("web-1")]) == (check,)
    assert found.slow.checks_of(found.hosts[HostName("db-1")]) == ()
    url = "https://metrics.example.com/api/v1/write"
    assert found.export == Export("::1", 9464, url, 30.0)
    assert loaded(tmp_path, "export: {listen: 9464}").export == Export(port=9464)


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("checks: [{name: a}]", "3:10", "missing key `run`"),
        ("checks: [{name: a, run: x, groups: nowhere}]", "3:", "unknown group `nowhere`"),
        ("checks: [{name: a, run: x}, {name: a, run: y}]", "3:", "two checks are called `a`"),
        ("certificates: [{warn: 3d}]", "3:", "no certificate is named"),
        ("certificates: [{files: [a.pem]}]", "3:", "no absolute path"),
        ("certificates: [{ports: [99999]}]", "3:", "bad port `99999`"),
        ("export: {listen: nonsense}", "3:", "bad place to listen"),
        ("export: {listen: 'example.com:80'}", "3:", "no address of a machine"),
        ("export: {remote_write: {url: 'http://metrics.example.com/w'}}", "3:", "readable"),
        ("export: {remote_write: {url: 'ftp://a/w'}}", "3:", "no URL"),
    ],
)
def test_mistakes_have_their_place(tmp_path: Path, text: str, place: str, what: str) -> None:
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, text)
    (mistake,) = raised.value.mistakes
    assert what in mistake.what
    assert f"{mistake.line}:{mistake.column}".startswith(place)
