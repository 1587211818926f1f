"""Whether the idle colour may take the traffic: each check, and what would make it green."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from devops_tui.domain.pipeline import ENDS, Gate, StageKind, State
from devops_tui.domain.traffic import Colour, Service, ServiceStatus
from devops_tui.domain.view import Overview, RunView
from devops_tui.domain.work import AskApproval, FlipTraffic
from devops_tui.presentation import hours, jobs, pipeline_strip, run_owners, traffic
from devops_tui.presentation.glyphs import COLOURS, LOST, OK, STATES, Mark
from devops_tui.presentation.layout import joined, rule
from devops_tui.presentation.line import Line, cut, fit, line, span
from devops_tui.presentation.rows import Row, note


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a flip; `what` says the finding, or what to do about it."""

    name: str
    mark: Mark
    what: str


_DIGEST_CELLS = 19  # "sha256:" and twelve digits

_NO = Mark("✕", "no", "failed")
_WAITS = Mark("‖", "waits", "waits")


def checks(overview: Overview, status: ServiceStatus, service: Service | None) -> list[Check]:
    """The checks for a flip to the idle colour; empty while nobody knows what serves."""
    if status.live is None:
        return []
    idle = status.live.other
    servers = [s for s in status.servers if s.colour is idle]
    wanted = len(service.colours[idle].hosts) if service and idle in service.colours else None
    found = [_fresh(status, overview.at)]
    well = [s for s in servers if s.is_healthy is True]
    ill = [s for s in servers if s.is_healthy is False]
    total = wanted if wanted is not None else len(servers)
    if total and len(well) >= total:
        found.append(Check("health", OK, f"{len(well)} of {total} servers of {idle} are healthy"))
    elif ill:
        hosts = ", ".join(f"{s.host} {s.why}".strip() for s in ill)
        found.append(Check("health", _NO, f"ill: {hosts}; start them, or deploy again"))
    else:
        silent = ", ".join(f"{s.host} {s.why}".strip() for s in servers if s.is_healthy is None)
        rest = f"unknown: {silent}; look at its link (5)" if silent else "the rest is unknown"
        found.append(Check("health", LOST, f"{len(well)} of {total} healthy, {rest}"))
    found += _capacity(status, idle, total)
    found.append(_versions(status))
    found.append(digest_check(overview, status))
    drift = status.drift()
    if drift:
        todo = "" if status.set_aside else "; d puts it right"
        found.append(Check("balancers", _NO, f"{drift}{todo}"))
    elif not status.balancers or any(
        (b.serves, b.green_percent) == (None, None) for b in status.balancers
    ):
        silent = ", ".join(
            f"{b.host} {b.why}".strip()
            for b in status.balancers
            if (b.serves, b.green_percent) == (None, None)
        )
        todo = f": {silent}; bring it back, or flip --without it" if silent else ""
        found.append(Check("balancers", LOST, f"not every front door was read{todo}"))
    else:
        found.append(Check("balancers", OK, f"{len(status.balancers)} agree"))
    found += _lock(overview, status)
    shut = hours.shut_now(overview.workspace, status.name, overview.at)
    if shut is not None:
        found.append(Check("hours", _WAITS, f"{shut}; B breaks the glass, an undo is allowed"))
    gate = asking_gate(overview, status.name)
    if gate is not None:
        found.append(Check("approval", _WAITS, f"{gate.run.id} asks; a approves with a reason"))
    return found


def _lock(overview: Overview, status: ServiceStatus) -> list[Check]:
    """Said while somebody changes the traffic: whoever comes second is refused."""
    held = overview.holds.get(status.name)
    if held is None or held.expires_at <= overview.at:
        return []
    since = f"{held.since:%H:%M:%S} UTC"
    return [Check("lock", _WAITS, f"{held.holder} has it since {since}: {held.reason}; wait")]


def _fresh(status: ServiceStatus, now: datetime) -> Check:
    if status.observed_at is None:
        return Check("figures", LOST, "the service was not observed yet")
    if traffic.is_stale(status, now):
        return Check("figures", Mark("~", "stale", "stale"), "old: is a worker running?")
    return Check("figures", OK, "live")


def _capacity(status: ServiceStatus, idle: Colour, total: int) -> list[Check]:
    """Said where the idle colour has fewer servers than the one that serves."""
    serving = sum(s.colour is status.live for s in status.servers)
    if not total or total >= serving:
        return []
    what = f"{total} of {idle} for {serving} of {status.live}: are they enough? else add hosts"
    return [Check("capacity", _WAITS, what)]


def _versions(status: ServiceStatus) -> Check:
    if status.live is None:
        return Check("version", LOST, "unknown")
    idle = status.live.other
    said = status.versions.get(idle, "")
    seen = {s.version for s in status.servers if s.colour is idle and s.version}
    if not seen:
        return Check("version", LOST, f"what {idle} runs is unknown")
    if not said:  # it was there before us: what answers is known, what should is not
        answers = ", ".join(sorted(seen))
        if len(seen) > 1:
            return Check("version", _NO, f"{answers} answer; deploy the same to all of {idle}")
        return Check("version", LOST, f"{answers} answers; no release here brought it")
    if seen != {said}:
        answers = ", ".join(sorted(seen))
        todo = f"U brings {idle} up again, or deploy again"
        return Check("version", _NO, f"{answers} answers, {said} was installed; {todo}")
    return Check("version", OK, f"every server answers {said}")


def digest_check(overview: Overview, status: ServiceStatus) -> Check:
    """Whether what is installed on the idle colour is what a run has tested.

    Runs are asked in this order: the one that waits for an approval of this flip, then
    every run whose approval names its artifacts, then those that were seen to build them
    and whose tests ended well.
    """
    if status.live is None:
        return Check("digest", LOST, "unknown")
    idle = status.live.other
    installed = status.digests.get(idle, "")
    if not installed:
        return Check("digest", LOST, f"the artifact on {idle} is unknown; deploy it by a run")
    asking = asking_gate(overview, status.name)
    if asking is not None:
        tested = [d for gate in asking.gates for d in _digests(gate)]
        if tested and installed not in tested:
            what = f"{_cut(installed)} on {idle}, but {asking.run.id} tested {_cut(tested[0])}"
            return Check("digest", _NO, f"{what}; deploy again")
    run_id = _tester(overview, installed)
    if run_id is None:
        what = "no run is known to have tested it; deploy one that was"
        return Check("digest", LOST, f"{_cut(installed)}; {what}")
    return Check("digest", OK, f"{_cut(installed)} = tested in {run_id}")


def _tester(overview: Overview, digest: str) -> str | None:
    for view in overview.runs:
        if any(digest in _digests(gate) for gate in view.gates):
            return view.run.id
    built = {
        e.subject
        for e in overview.events
        if e.kind == "artifact.stored" and e.data.get("digest") == digest
    }
    for view in overview.runs:
        tests = pipeline_strip.states_of(view, StageKind.TEST)
        if view.run.id in built and tests and all(state is State.OK for state in tests):
            return view.run.id
    return None


def _digests(gate: Gate) -> list[str]:
    """The artifacts that a gate's evidence names; evidence of any other shape names none."""
    named = gate.evidence.get("artifacts")
    if not isinstance(named, list | tuple):
        return []
    return [str(a["digest"]) for a in named if isinstance(a, dict) and "digest" in a]


def _cut(digest: str) -> str:
    """Enough of a digest to compare by eye: "sha256:8558c3b9ab6f…"."""
    return f"{digest[:_DIGEST_CELLS]}…" if len(digest) > _DIGEST_CELLS else digest


def asking_gate(overview: Overview, service: str) -> RunView | None:
    """The newest run that waits for an approval to flip this service, or None."""
    for view in overview.runs:
        if view.run.state is not State.ASKING:
            continue
        works = [job.work for stage in view.run.plan.stages for job in stage.jobs]
        if any(isinstance(w, FlipTraffic) and w.service == service for w in works) and any(
            isinstance(w, AskApproval) for w in works
        ):
            return view
    return None


def under_way(overview: Overview, service: str) -> RunView | None:
    """The newest run that will flip this service and has not ended, or None."""
    for view in overview.runs:
        works = [job.work for stage in view.run.plan.stages for job in stage.jobs]
        if view.run.state not in ENDS and any(
            isinstance(w, FlipTraffic) and w.service == service for w in works
        ):
            return view
    return None


def open_gate(view: RunView) -> Gate | None:
    """The gate that a run waits at."""
    return next((g for g in view.gates if g.state is State.ASKING), None)


def run_rows(overview: Overview, service: str, width: int) -> list[Row]:
    """The run that will flip this service: what it does, or which key answers what it asks.

    No row when no run is on its way.
    """
    asks = asking_gate(overview, service)
    view = asks or under_way(overview, service)
    if view is None:
        return []
    mark = STATES[view.run.state]
    keys: Line = ()
    if asks is not None:
        keys = line(("a", "key"), (" approves  ", "muted"), ("X", "key"), (" rejects", "muted"))
    why = pipeline_strip.why(view, overview.incidents, overview.at)
    told = joined([line((f"{mark.glyph} {view.run.id}", mark.role)), keys, why])
    left = run_owners.left(overview, view, width)
    return [note("run", cut(told, width)), *([note("run left", left)] if left else ())]


def asks_in_short(overview: Overview, service: str) -> Line:
    """For a list: which run waits for an approval to flip this service; empty when none does."""
    view = asking_gate(overview, service)
    mark = STATES[State.ASKING]
    return line((f"{mark.glyph} {view.run.id} asks", mark.role)) if view is not None else ()


def rows(
    overview: Overview, status: ServiceStatus, service: Service | None, width: int
) -> list[Row]:
    """The checks as lines, and the evidence when somebody is asked."""
    found = checks(overview, status, service)
    if not found or status.live is None:
        return []
    idle = status.live.other
    bad = sum(check.mark is not OK for check in found)
    says: Line = line((f"{bad} open", "waits")) if bad else line(("● all green", "ok"))
    title = joined(
        [line(("is ", "title"), (idle.value, COLOURS[idle]), (" ready?", "title")), says]
    )
    made = [note("checks", rule(title, width))]
    for check in found:
        shown = (
            span("  "),
            span(f"{check.mark.glyph} ", check.mark.role),
            span(fit(check.name, 10), check.mark.role),
            span(f" {check.what}", "muted" if check.mark is OK else "text"),
        )
        made.append(note(f"check {check.name}", cut(shown, width)))
    view = asking_gate(overview, status.name)
    gate = open_gate(view) if view is not None else None
    if gate is not None:
        made += jobs.gate_rows(gate, overview.at, width, view)
    return made
