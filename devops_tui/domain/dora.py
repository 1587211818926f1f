"""The five figures of software delivery, as dora.dev defines them since 2025.

docs/figures.md says which events count. What cannot be known is None, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from statistics import median

from devops_tui.domain.event import Event
from devops_tui.domain.flow import Percentiles, percentiles

DORA_EVENTS = (
    "run.created",
    "flip.committed",
    "flip.finished",
    "flip.failed",
    "incident.opened",
    "incident.resolved",
)
"""The kinds that the figures are made of; retention keeps all of them for ever."""

_DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """A change of colour that brought something to users: a flip that was committed.

    Attributes:
        at: When the front doors were told.
        leads_s: Of each change that it brought for the first time, from its commit.
        untimed: Such changes whose commit has no time.
        failed: Why it counts as failed; empty when it does not.
        recovered_at: None while it is not, or nobody knows.
        rework: Why it was unplanned; empty when it was not.
    """

    service: str
    flip: str
    run: str
    at: datetime
    leads_s: tuple[float, ...] = ()
    untimed: int = 0
    failed: str = ""
    recovered_at: datetime | None = None
    rework: str = ""


@dataclass(frozen=True, slots=True)
class Dora:
    """The figures of one service in a period; every None means: nobody can know.

    Attributes:
        lead: Change lead time.
        per_day: Deployment frequency.
        between_s: Median time between two deployments.
        recovery: Failed deployment recovery time, of those that recovered.
        fail_rate, rework_rate: 0 to 1, of the deployments.
    """

    service: str
    since: datetime
    until: datetime
    deployments: tuple[Deployment, ...]
    lead: Percentiles | None = None
    per_day: float | None = None
    between_s: float | None = None
    recovery: Percentiles | None = None
    fail_rate: float | None = None
    rework_rate: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Brought:
    """What the event of a run says about the changes in it."""

    changes: list[tuple[str, datetime | None]] = field(default_factory=list)
    cards: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Flip:
    service: str
    run: str
    undoes: str
    at: datetime
    ended: Event | None = None


@dataclass(slots=True)
class _Problem:
    run: str
    card: str
    opened_at: datetime
    resolved_at: datetime | None = None


@dataclass(slots=True)
class Deliveries:
    """Follows the log; takes events in their order, some now and some later."""

    runs: dict[str, _Brought] = field(default_factory=dict)
    flips: dict[str, _Flip] = field(default_factory=dict)
    problems: dict[str, _Problem] = field(default_factory=dict)

    def take(self, events: Iterable[Event]) -> None:
        """Reads on."""
        for event in events:
            data = event.data
            if event.kind == "run.created":
                changes = [(str(i), _time(at)) for i, at in data.get("changes", ())]
                self.runs[event.subject] = _Brought(changes, frozenset(data.get("cards", ())))
            elif event.kind == "flip.committed":
                run, undoes = str(data.get("run") or ""), str(data.get("undoes") or "")
                self.flips[str(data.get("flip"))] = _Flip(event.subject, run, undoes, event.at)
            elif event.kind in ("flip.finished", "flip.failed"):
                flip = self.flips.get(str(data.get("flip")))
                if flip is not None:  # one that never reached a front door is none
                    flip.ended = event
            elif event.kind == "incident.opened":
                run, card = str(data.get("run") or ""), str(data.get("card") or "")
                self.problems[event.subject] = _Problem(run, card, event.at)
            elif event.kind == "incident.resolved" and event.subject in self.problems:
                self.problems[event.subject].resolved_at = event.at

    @property
    def services(self) -> list[str]:
        """Those that were ever deployed, by name."""
        return sorted({flip.service for flip in self.flips.values()})

    def deployments(self, service: str) -> list[Deployment]:
        """All of a service, oldest first."""
        flips = {i: f for i, f in self.flips.items() if f.service == service}
        kept = {i: f for i, f in flips.items() if not _goes_back(f, flips)}
        order = sorted(kept.items(), key=lambda pair: pair[1].at)
        found: list[Deployment] = []
        seen: set[str] = set()
        cards: set[str] = set()
        for place, (name, flip) in enumerate(order):
            following = order[place + 1][1] if place + 1 < len(order) else None
            made = self._with_changes(Deployment(service, name, flip.run, flip.at), flip, seen)
            made = self._judged(made, flip, flips, following, cards)
            found.append(replace(made, rework=self._rework(flip, found, cards)))
            cards |= self._cards_after(made, following)
        return found

    def _with_changes(self, made: Deployment, flip: _Flip, seen: set[str]) -> Deployment:
        brought = self.runs.get(flip.run, _Brought()).changes if not flip.undoes else []
        new = [(name, at) for name, at in brought if name not in seen]
        seen.update(name for name, _ in new)
        leads = tuple((flip.at - at).total_seconds() for _, at in new if at is not None)
        return replace(made, leads_s=leads, untimed=len(new) - len(leads))

    def _judged(
        self,
        made: Deployment,
        flip: _Flip,
        flips: dict[str, _Flip],
        following: _Flip | None,
        cards: set[str],
    ) -> Deployment:
        """Whether it failed, and when that was over."""
        if flip.ended is not None and flip.ended.kind == "flip.failed":
            is_unknown = bool(flip.ended.data.get("is_unknown"))
            back_at = None if is_unknown else flip.ended.at
            return replace(made, failed="the flip failed", recovered_at=back_at)
        back = next((f for f in flips.values() if f.undoes == made.flip), None)
        problems = self._problems_of(made, following)
        if back is None and not problems:
            return made
        ends = [problem.resolved_at for problem in problems]
        over = max((e for e in ends if e is not None), default=None) if all(ends) else None
        if back is not None:
            is_back = back.ended is not None and back.ended.kind == "flip.finished"
            over = back.at if is_back else None
        if following is not None:
            over = min(over, following.at) if over is not None else following.at
        return replace(
            made, failed="taken back" if back else "an incident followed", recovered_at=over
        )

    def _problems_of(self, made: Deployment, following: _Flip | None) -> list[_Problem]:
        return [
            p
            for p in self.problems.values()
            if made.run
            and p.run == made.run
            and p.opened_at >= made.at
            and (following is None or p.opened_at < following.at)
        ]

    def _cards_after(self, made: Deployment, following: _Flip | None) -> set[str]:
        return {p.card for p in self._problems_of(made, following) if p.card}

    def _rework(self, flip: _Flip, before: Sequence[Deployment], cards: set[str]) -> str:
        if flip.undoes:
            return "brought back what had been taken back"
        if before and before[-1].failed:
            return "the first after a failed one"
        named = sorted(self.runs.get(flip.run, _Brought()).cards & cards)
        return f"names {', '.join(named)}" if named else ""


def dora(deliveries: Deliveries, service: str, since: datetime, until: datetime) -> Dora:
    """The figures of a service from `since` until `until`."""
    ever = deliveries.deployments(service)
    found = tuple(d for d in ever if since <= d.at < until)
    if not found:
        return Dora(service, since, until, (), notes=("no deployment in this period",))
    failed = [d for d in found if d.failed]
    times = [d.at for d in found]
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    recoveries = [(d.recovered_at - d.at).total_seconds() for d in failed if d.recovered_at]
    return Dora(
        service,
        since,
        until,
        found,
        percentiles(lead for d in found for lead in d.leads_s),
        len(found) * _DAY_S / (until - since).total_seconds(),
        median(gaps) if gaps else None,
        percentiles(recoveries),
        len(failed) / len(found),
        sum(1 for d in found if d.rework) / len(found),
        tuple(_notes(found, failed, len(recoveries))),
    )


def _notes(
    found: Sequence[Deployment], failed: Sequence[Deployment], recovered: int
) -> Iterable[str]:
    untimed = sum(d.untimed for d in found)
    if untimed:
        yield f"lead time unknown of {untimed}: the commit has no time"
    if not any(d.leads_s or d.untimed for d in found):
        yield "lead time unknown: no deployment names the commits it brought"
    if not failed:
        yield "no deployment failed in this period"
    elif recovered < len(failed):
        yield f"{len(failed) - recovered} of {len(failed)} failed ones have not recovered"


def _goes_back(flip: _Flip, flips: dict[str, _Flip]) -> bool:
    """Whether it took a deployment back; to undo an undo brings the deployment again."""
    depth, at = 0, flip
    while at.undoes and at.undoes in flips and depth < len(flips):
        at = flips[at.undoes]
        depth += 1
    return depth % 2 == 1 or (bool(flip.undoes) and flip.undoes not in flips)


def _time(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
