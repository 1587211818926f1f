"""Judges rules over live figures: when one fires, and when it is over.

Unknown is never an alert, and figures that stopped neither open nor clear one: a rule is
judged by new samples only, and a pause in them begins its time anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from devops_tui.domain.alert_condition import Gone, judge, metrics_of, parse_rule
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.history import BY_NAME, Unit
from devops_tui.domain.workspace import Alert, Workspace

_LONGEST_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule fired for a host, or is over.

    Attributes:
        since: When it began to hold.
        figures: What the host said, in words.
    """

    alert: Alert
    host: str
    is_over: bool
    since: datetime
    figures: str

    @property
    def fingerprint(self) -> str:
        """One incident a rule and host."""
        return fingerprint(self.alert.name, self.host)


def fingerprint(alert: str, host: str) -> str:
    """Of the incident of a rule and host."""
    return f"alert:{alert}:{host}"


@dataclass(slots=True)
class _State:
    since: datetime | None = None
    seen_at: datetime | None = None
    is_open: bool = False


class AlertWatch:
    """What each rule says of each host; in memory, beside the incidents that it opened."""

    def __init__(self) -> None:
        self._states: dict[str, _State] = {}

    def know_open(self, fingerprints: Iterable[str]) -> None:
        """These fired before this process began: they may be over by now."""
        for found in fingerprints:
            self._states.setdefault(found, _State()).is_open = True

    def not_opened(self, verdict: Verdict) -> None:
        """Nobody was told, as of a silence: it fires again as long as it holds."""
        self._states[verdict.fingerprint].is_open = False

    def judge(
        self, workspace: Workspace, frames: Iterable[Frame], now: datetime
    ) -> Sequence[Verdict]:
        """What fired and what is over since the last call."""
        found = []
        for frame in frames:
            host = workspace.hosts.get(frame.host)
            for alert in workspace.alerts if host is not None else ():
                if host is not None and _concerns(alert, host):
                    verdict = self._judge_one(alert, frame, now)
                    if verdict is not None:
                        found.append(verdict)
        return found

    def _judge_one(self, alert: Alert, frame: Frame, now: datetime) -> Verdict | None:
        state = self._states.setdefault(fingerprint(alert.name, frame.host), _State())
        rule = parse_rule(alert.when)
        at = frame.at if frame.link is LinkState.LIVE and not isinstance(rule, Gone) else now
        if state.seen_at is not None and at <= state.seen_at:
            return None
        holds = judge(rule, frame)
        if state.is_open:
            is_over = judge(parse_rule(alert.clear), frame) if alert.clear else holds is False
            if not is_over:
                return None
            began, state.since, state.is_open = state.since or at, None, False
            return Verdict(alert, frame.host, True, began, figures(alert, frame))
        if holds is None:
            return None
        paused = state.seen_at is not None and at - state.seen_at > _LONGEST_PAUSE
        state.seen_at = at
        if not holds:
            state.since = None
            return None
        if state.since is None or paused:
            state.since = at
        if (at - state.since).total_seconds() < alert.for_s:
            return None
        state.is_open = True
        return Verdict(alert, frame.host, False, state.since, figures(alert, frame))


def _concerns(alert: Alert, host: Host) -> bool:
    return not alert.groups or not set(alert.groups).isdisjoint(host.groups)


def figures(alert: Alert, frame: Frame) -> str:
    """What the host says of the figures of a rule: "cpu 96 %"."""
    if frame.sample is None or frame.link is not LinkState.LIVE:
        return frame.link.value
    told = []
    for name in metrics_of(parse_rule(alert.when)):
        value = getattr(frame.sample, BY_NAME[name].field)
        if value is not None:
            is_ratio = BY_NAME[name].unit is Unit.RATIO
            told.append(f"{name} {value * 100:.0f} %" if is_ratio else f"{name} {value:,.4g}")
    return ", ".join(told) or frame.link.value
