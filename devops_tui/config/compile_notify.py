"""The channels of `notify:`."""

from __future__ import annotations

from pathlib import Path

from devops_tui.config.compile_fleet import secret_near
from devops_tui.config.documents import Files
from devops_tui.config.fields import NAME_RULE, is_name, unique
from devops_tui.config.models_notify import ChannelModel
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import shown
from devops_tui.domain.notice import Severity, Topic
from devops_tui.domain.notify import (
    Channel,
    CommandWay,
    Desktop,
    EmailWay,
    Notify,
    TerminalWay,
    Tls,
    Way,
    WebhookWay,
)


def compile_notify(files: Files, folder: Path, report: Report) -> Notify:
    """The channels by name, in the order of the file."""
    channels: list[Channel] = []
    for name, data in files.section("notify").items():
        path = ("notify", name)
        if not is_name(name):
            report.add(files.main, path, f"bad name `{shown(name)}`", NAME_RULE, of_key=True)
        model = report.check(ChannelModel, data, files.main, path)
        if model is None:
            continue
        way = _way(model, folder)
        if isinstance(way, TerminalWay) and any(isinstance(c.way, TerminalWay) for c in channels):
            what = "the terminals have a channel already"
            report.add(files.main, path, what, "keep one of them", of_key=True)
        channels.append(
            Channel(
                name,
                way,
                tuple(Topic(topic) for topic in unique(model.on or ())),
                Severity(model.severity),
                unique(model.environments),
                unique(model.pipelines),
                model.every,
                model.give_up,
            )
        )
    return Notify(tuple(channels))


def _way(model: ChannelModel, folder: Path) -> Way:
    if model.terminal is not None:
        return TerminalWay(model.terminal.bell, Desktop(model.terminal.desktop))
    if model.webhook is not None:
        hook = model.webhook
        is_literal = hook.url.startswith(("https://", "http://"))
        url = hook.url if is_literal else secret_near(hook.url, folder)
        return WebhookWay(url, secret_near(hook.sign, folder), hook.plain_http, hook.details)
    if model.email is not None:
        mail = model.email
        return EmailWay(
            mail.host,
            mail.from_,
            unique(mail.to),
            mail.port,
            mail.user,
            secret_near(mail.password, folder),
            Tls(mail.tls),
        )
    return CommandWay(tuple(model.command or ()), str(folder))
