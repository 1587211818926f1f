"""`devops-tui demo --headless`: the operator's day, played to its end and judged from outside.

Acts go through the Front, as a screen's or a command's do; what is judged is what a
customer, a colleague at the board and the next operator would see. Exit code 0 means
that every check of the verdict, the last line, is true.
"""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from devops_tui.bootstrap.paths import paths_of
from devops_tui.bootstrap.session import open_session
from devops_tui.demo import ending, sources, world
from devops_tui.demo.cards import RELEASE_CARD
from devops_tui.demo.door import SERVICE
from devops_tui.demo.evidence import Load, Seen, Tally, left_running, look, tally
from devops_tui.demo.plan import BUSY, GREEN, WorldPlan
from devops_tui.demo.telling import StoryFailed, Teller, Watcher
from devops_tui.domain.audit import Request, RequestState, Verb
from devops_tui.domain.board import Column
from devops_tui.domain.errors import DevopsError, Refused
from devops_tui.domain.fleet import LinkState
from devops_tui.domain.ids import CardId
from devops_tui.domain.incident import Incident
from devops_tui.domain.pipeline import ENDS, State
from devops_tui.domain.traffic import Flip, FlipState
from devops_tui.domain.view import RunView
from devops_tui.ports.front import Front

LIMIT_S = 240.0
FEWEST_REQUESTS = 1000  # around each of the two changes of colour


def play(folder: Path | None = None, limit_s: float = LIMIT_S) -> int:
    """Plays the story in a world of its own; returns the exit code.

    Args:
        folder: New or empty; a temporary one, removed afterwards, when None.
        limit_s: The story fails when it is not over by then.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="devops-tui-demo-") as place:
            return play(Path(place), limit_s)
    teller = Teller()
    checks: dict[str, bool] = {}
    figures: dict[str, object] = {}
    why = ""
    with _ended_by_signals():
        try:
            Story(folder, teller, checks, figures, time.monotonic() + limit_s).play()
        except (StoryFailed, DevopsError, OSError, ValueError) as error:
            why = f"{type(error).__name__}: {error}"
    is_good = not why and bool(checks) and all(checks.values())
    verdict = {"is_good": is_good, "why": why, "checks": checks, "figures": figures}
    teller.tell("the end", verdict=verdict)
    return 0 if is_good else 1


class Story:
    """The chapters, in their order."""

    def __init__(
        self,
        folder: Path,
        teller: Teller,
        checks: dict[str, bool],
        figures: dict[str, object],
        deadline_s: float,
    ) -> None:
        self._folder = folder
        self._teller = teller
        self._checks = checks
        self._figures = figures
        self._deadline_s = deadline_s

    def play(self) -> None:
        """All of it; whatever happens, nothing is left running."""
        if (self._folder / "world.json").exists():
            raise Refused(f"there is a world in {self._folder}", "Name a new folder.")
        plan = world.open_or_make(self._folder, with_opening=False).plan
        self._teller.tell("a world", url=plan.url, door=plan.door, hosts=list(plan.host_ports))
        front = open_session(paths_of(plan.workspace_file))
        try:
            self._chapters(plan, front)
        except (StoryFailed, DevopsError):
            self._teller.tell("what the worker said last", log=_last_lines(plan))
            raise
        finally:
            front.close()
            known = ending.all_of(plan)
            world.stop(self._folder)
            left = left_running(plan, known)
            self._teller.tell("the world is ended", left=left)
        self._check("nothing is left running", not left)

    def _chapters(self, plan: WorldPlan, front: Front) -> None:
        watcher = Watcher(front, self._teller, self._deadline_s)
        front.ensure_worker()
        self._hosts_are_live(plan, front, watcher)
        billing = watcher.wait(
            "billing succeeds", lambda: _ended_run(front, "billing", 1), patience_s=60
        )
        self._check("billing succeeds first", billing.run.state is State.OK)
        load = Load(plan)
        try:
            before = look(plan.door_port)
            self._teller.tell("what a customer sees", **asdict(before))
            self._check("blue serves at first", before.colour == "blue" and _is_old(before))
            run = self._commit_reaches_the_gate(plan, front, watcher)
            self._release(plan, front, watcher, load, run)
            self._undo(plan, front, watcher, load)
            self._count_all(load)
        finally:
            load.stop()
        self._billing_breaks(plan, front, watcher)

    def _hosts_are_live(self, plan: WorldPlan, front: Front, watcher: Watcher) -> None:
        def shares() -> dict[str, float]:
            """Share of a core in use, of each live host of the world."""
            return {
                frame.host: round(frame.sample.cpu_ratio, 2)
                for frame in front.overview().frames.values()
                if frame.host in plan.host_ports
                and frame.link is LinkState.LIVE
                and frame.sample is not None
            }

        def busiest() -> bool:
            seen = shares()
            return seen.get(BUSY, 0.0) > 0.1 and seen[BUSY] == max(seen.values())

        count = len(plan.host_ports)
        watcher.wait("figures of all hosts", lambda: len(shares()) == count, patience_s=45)
        watcher.wait(f"{BUSY} is the busiest", busiest, patience_s=45)
        cpu = shares()
        self._teller.tell("all hosts are live", cpu=cpu)
        self._check("figures of all hosts are live", True)

    def _commit_reaches_the_gate(self, plan: WorldPlan, front: Front, watcher: Watcher) -> RunView:
        commit = sources.push_commit(plan, "shop", sources.SHOP_NEXT)
        self._teller.tell("a commit is pushed", commit=commit, subject=sources.SHOP_NEXT.subject)

        def at_the_gate() -> RunView | None:
            for view in front.runs("shop"):
                if view.run.plan.commit is None or view.run.plan.commit.id != commit:
                    continue
                if view.run.state is State.ASKING:
                    return view
                if view.run.state in ENDS:
                    raise StoryFailed(f"{view.run.id} ended before its gate: {_bad_jobs(view)}")
            return None

        view = watcher.wait("the run waits for an approval", at_the_gate, patience_s=90)
        figures = next((j.figures for j in view.jobs.values() if j.name == "load"), {})
        digests = [artifact.digest for artifact in front.artifacts(view.run.id)]
        self._figures["load test"] = dict(figures)
        self._check("it began by itself", view.run.trigger == "source")
        self._check("the load test has figures", {"tps", "mean_ms"} <= set(figures))
        self._check("one artifact with a digest", len(digests) == 1)
        green = [look(port) for _, port in plan.colour_servers(GREEN)]
        new = all(seen.deployed == commit[:7] and _is_new(seen) for seen in green)
        self._check("green holds the new version", new)
        self._check("blue still serves", _is_old(look(plan.door_port)))
        return view

    def _release(
        self, plan: WorldPlan, front: Front, watcher: Watcher, load: Load, view: RunView
    ) -> None:
        since = datetime.now(UTC)
        front.approve(view.run.id, "unit, integration and load are green; fixes SHOP-7")

        def finished() -> RunView | None:
            found = front.run(view.run.id)
            return found if found.run.state in ENDS else None

        flip = watcher.wait("the flip", lambda: _last_flip(front, undoes=False), patience_s=60)
        counted = self._count(watcher, load, flip, since)
        self._figures["flip"] = asdict(counted)
        after = look(plan.door_port)
        self._teller.tell("what a customer sees", **asdict(after))
        self._check("green serves the new version", after.colour == "green" and _is_new(after))
        done = watcher.wait("the run's end", finished, patience_s=60)
        self._check("the release is done", done.run.state is State.OK)
        card = watcher.wait(
            f"{RELEASE_CARD} is done",
            lambda: front.card(CardId(RELEASE_CARD)).column is Column.DONE,
            patience_s=10,
        )
        self._check("the card is in Done", card)

    def _undo(self, plan: WorldPlan, front: Front, watcher: Watcher, load: Load) -> None:
        since = datetime.now(UTC)
        filed = front.file(Verb.UNDO, SERVICE, "rehearsing the way back")
        ended = watcher.wait("the undo", lambda: _ended_request(front, filed), patience_s=60)
        if ended.state is not RequestState.DONE:
            raise StoryFailed(f"the undo was refused: {ended.error} {ended.hint}")
        flip = watcher.wait("its flip", lambda: _last_flip(front, undoes=True), patience_s=10)
        counted = self._count(watcher, load, flip, since)
        self._figures["undo"] = asdict(counted)
        after = look(plan.door_port)
        self._teller.tell("what a customer sees", **asdict(after))
        self._check("after the undo blue serves", after.colour == "blue" and _is_old(after))
        card = watcher.wait(
            "the card comes back to work",
            lambda: front.card(CardId(RELEASE_CARD)).column is Column.IN_WORK,
            patience_s=10,
        )
        self._check("the undo takes the card back to work", card)

    def _count(self, watcher: Watcher, load: Load, flip: Flip, since: datetime) -> Tally:
        """Lets the load go on until enough requests were seen around a change of colour."""
        if flip.state is not FlipState.DONE or flip.ended_at is None:
            raise StoryFailed(f"the flip to {flip.to_colour} {flip.state}: {flip.error}")
        over_at = flip.ended_at

        def enough() -> Tally | None:
            now = datetime.now(UTC)
            found = tally(load.asked, since, over_at, now, flip.from_colour.value)
            has_settled = (now - over_at).total_seconds() > 2
            return found if has_settled and found.requests >= FEWEST_REQUESTS else None

        return watcher.wait(f"{FEWEST_REQUESTS} requests", enough, patience_s=60)

    def _count_all(self, load: Load) -> None:
        tallies = [self._figures["flip"], self._figures["undo"]]
        found = [Tally(**each) for each in tallies if isinstance(each, dict)]
        everything = load.asked
        self._figures["requests in all"] = len(everything)
        self._figures["failed in all"] = sum(1 for a in everything if not a.is_good)
        self._check(
            "2,000 requests around flip and undo",
            sum(t.requests for t in found) >= 2 * FEWEST_REQUESTS,
        )
        self._check("no request failed", all(a.is_good for a in everything))
        self._check("none was answered by the old colour", all(t.late == 0 for t in found))

    def _billing_breaks(self, plan: WorldPlan, front: Front, watcher: Watcher) -> None:
        commit = sources.push_commit(plan, "billing", sources.BILLING_NEXT)
        self._teller.tell("a commit is pushed", commit=commit, subject=sources.BILLING_NEXT.subject)
        failed = watcher.wait(
            "billing fails", lambda: _ended_run(front, "billing", 2), patience_s=60
        )
        states = {job_id: job.state for job_id, job in failed.jobs.items()}
        bad = [job_id for job_id, state in states.items() if state is State.FAILED]
        self._check("billing fails in its test stage", bad == ["test/unit"])
        first = watcher.wait("an incident", lambda: _incident(front, 1), patience_s=15)
        told = first.causes[0].text if first.causes else ""
        self._figures["cause"] = told
        self._check("the cause comes first", "Decimal('11.30') != Decimal('11.31')" in told)
        front.file(Verb.RUN, "billing", "once more, to be sure", {"commit": commit})
        watcher.wait("billing fails again", lambda: _ended_run(front, "billing", 3), patience_s=60)
        again = watcher.wait("it is counted", lambda: _incident(front, 2), patience_s=15)
        self._check("the same problem is counted, not opened again", again.id == first.id)
        cards = front.overview().cards
        filed = [card for card in cards if card.fingerprint == again.fingerprint]
        self._check(
            "one card was filed, in the Backlog",
            [card.column for card in filed] == [Column.BACKLOG],
        )

    def _check(self, what: str, is_so: bool) -> None:
        self._checks[what] = is_so
        self._teller.tell("check", check=what, is_so=is_so)


def _is_old(seen: Seen) -> bool:
    return (seen.version, seen.total) == ("1.4.1", "22.65")


def _is_new(seen: Seen) -> bool:
    return (seen.version, seen.total) == ("1.4.2", "22.66")


def _ended_run(front: Front, pipeline: str, number: int) -> RunView | None:
    found = [v for v in front.runs(pipeline) if v.run.number == number and v.run.state in ENDS]
    return found[0] if found else None


def _ended_request(front: Front, filed: Request) -> Request | None:
    found = front.request(filed.id)
    return found if found.state in (RequestState.DONE, RequestState.REFUSED) else None


def _last_flip(front: Front, *, undoes: bool) -> Flip | None:
    """The newest flip, or undo, that is over."""
    over = (FlipState.DONE, FlipState.FAILED, FlipState.UNKNOWN)
    flips = [f for f in front.overview().flips if (f.undoes is not None) is undoes]
    return flips[0] if flips and flips[0].state in over else None


def _incident(front: Front, count: int) -> Incident | None:
    found = [i for i in front.overview().incidents if i.count == count]
    return found[0] if found else None


def _bad_jobs(view: RunView) -> str:
    bad = [f"{i} {j.state}: {j.why}" for i, j in view.jobs.items() if j.state is not State.OK]
    return "; ".join(bad)


def _last_lines(plan: WorldPlan, size_bytes: int = 2000) -> list[str]:
    log = paths_of(plan.workspace_file).worker_log
    data = log.read_bytes() if log.exists() else b""
    return data[-size_bytes:].decode("utf-8", "replace").splitlines()


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """TERM and HUP end the story as an interrupt does: with everything it started."""

    def leave(number: int, frame: FrameType | None) -> None:
        del frame
        raise SystemExit(128 + number)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, leave) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
