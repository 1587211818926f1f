"""Joins everything that acts by one version of the configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from devops_tui.bootstrap.board_duties import board_duties
from devops_tui.bootstrap.colour_acts import ColourActs
from devops_tui.bootstrap.engines import make_engine
from devops_tui.bootstrap.flip_acts import FlipActs
from devops_tui.bootstrap.host_acts import HostActs
from devops_tui.bootstrap.notifying import deliveries, send_test
from devops_tui.bootstrap.parts import make_links
from devops_tui.bootstrap.paths import WorkspacePaths
from devops_tui.bootstrap.repair_acts import RepairActs
from devops_tui.bootstrap.repositories import make_repository
from devops_tui.bootstrap.switches import switches_of
from devops_tui.bootstrap.tools import tool_duties
from devops_tui.bootstrap.triage import make_ranking
from devops_tui.bootstrap.watching import signs_of
from devops_tui.bootstrap.written_words import learn_secrets
from devops_tui.domain.audit import CommandRecord, Request, Verb, Worker
from devops_tui.domain.codec import encode
from devops_tui.domain.errors import Refused, StoreError
from devops_tui.domain.event import Json
from devops_tui.domain.ids import RunId
from devops_tui.domain.work import (
    AskApproval,
    BringUp,
    FlipTraffic,
    MeasureLoad,
    RetireColour,
    RunCommand,
    WatchHealth,
)
from devops_tui.domain.workspace import Workspace
from devops_tui.integrations.git import GitSources
from devops_tui.integrations.reports.reader import FileReports
from devops_tui.ports.engine import Engine, Leaving
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.services import artifacts, pipelines, promotion
from devops_tui.services.access import why_not
from devops_tui.services.aftermath import Aftermath
from devops_tui.services.boards import Boards
from devops_tui.services.canaries import Canaries
from devops_tui.services.flip_bakes import FlipBakes
from devops_tui.services.flip_journal import ENDED
from devops_tui.services.flip_owners import FlipOwners
from devops_tui.services.flips import Flips
from devops_tui.services.guesses import GuessWatch
from devops_tui.services.health import HealthWatch
from devops_tui.services.hiding import hide_in
from devops_tui.services.incidents import Incidents
from devops_tui.services.jobs.bring_up import BringUpJobs
from devops_tui.services.jobs.checkouts import Checkouts
from devops_tui.services.jobs.clearing import Clearing
from devops_tui.services.jobs.command import CommandJobs
from devops_tui.services.jobs.dispatch import Dispatch
from devops_tui.services.jobs.flip import FlipJobs
from devops_tui.services.jobs.gate import GateJobs
from devops_tui.services.jobs.load import LoadJobs
from devops_tui.services.jobs.load_verdict import LoadVerdicts
from devops_tui.services.jobs.question import Questions
from devops_tui.services.jobs.results import Results
from devops_tui.services.jobs.retire import RetireJobs
from devops_tui.services.jobs.standing_runner import Standing, StandingRunners
from devops_tui.services.jobs.tools import JobTools
from devops_tui.services.jobs.watch import WatchJobs
from devops_tui.services.left_folders import LeftFolders
from devops_tui.services.pruning import Pruner
from devops_tui.services.pulse import Pulse
from devops_tui.services.shelf import Shelf
from devops_tui.services.spools import Spools
from devops_tui.services.starts import Starts
from devops_tui.services.warm_time import WarmTime
from devops_tui.transports.known_secrets import KNOWN
from devops_tui.transports.links import JobctlRunners, SshLinks
from devops_tui.transports.masker import Masker
from devops_tui.transports.secrets import ReferencedSecrets

SETTLE_EVERY_S = 10.0


def build_crew(
    paths: WorkspacePaths,
    store: Store,
    clock: Clock,
    workspace: Workspace,
    pulse: Pulse,
    worker: Worker,
) -> Crew:
    """Makes a crew for a workspace; nothing is connected before it is needed."""

    def on_command(record: CommandRecord) -> None:
        # the command log is for looking at: a full disk must not stop the command itself
        try:
            store.record_command(record)
        except StoreError:
            return

    learn_secrets(workspace)
    links = make_links(workspace, on_command)
    switches = switches_of(links)
    flips = Flips(
        store, clock, workspace.services, switches, links, FlipOwners(store, clock, worker.id)
    )
    sources = GitSources(paths.mirrors, mask=KNOWN.mask)
    leaving = Leaving()
    runners = JobctlRunners(links, paths.spool)
    tools = JobTools(
        store=store,
        clock=clock,
        runners=StandingRunners(runners, Standing(store, clock, worker.id)),
        links=links,
        secrets=ReferencedSecrets(),
        masker=Masker,
        leaving=leaving,
        mask=KNOWN.mask,
    )
    repository = make_repository(workspace, paths, links, tools.secrets)
    shelf = Shelf(store, clock, repository, worker.id)
    checkouts = Checkouts(store, sources, shelf, paths.checkouts)
    questions = Questions(store, clock, leaving, pulse.wait)
    verdicts = LoadVerdicts(store, questions)
    results = Results(tools, checkouts, FileReports(), verdicts, workspace.quarantine)
    boards = Boards(store, clock, workspace.board, workspace.team)
    incidents = Incidents(store, clock, boards, workspace.automation)
    ranking = make_ranking(workspace.rules)
    after = Aftermath(store, ranking, boards, incidents, sources, workspace.automation)
    signs = signs_of(store, workspace, tools.secrets, KNOWN.mask)
    canaries = Canaries(store, clock, links, switches, workspace.services, flips, signs)
    engine = make_engine(
        worker.engine,
        paths,
        store,
        clock,
        Dispatch(
            {
                RunCommand: CommandJobs(tools, checkouts, results),
                MeasureLoad: LoadJobs(tools, checkouts, verdicts),
                BringUp: BringUpJobs(tools, shelf, lambda: workspace),
                RetireColour: RetireJobs(tools, switches, lambda: workspace),
                AskApproval: GateJobs(store, clock, questions),
                FlipTraffic: FlipJobs(tools, flips, canaries),
                WatchHealth: WatchJobs(tools, flips, switches, lambda: workspace, signs),
            },
            KNOWN.mask,
        ),
        worker,
        leaving=leaving,
        aftermath=Clearing(tools, checkouts, after),
        changed=pulse.wait,
    )
    folders = LeftFolders(paths.checkouts, paths.mirrors)
    spools = Spools(store, clock, tools.runners)
    pruner = Pruner(store, clock, workspace, shelf, folders, spools)
    bakes = FlipBakes(store, clock, workspace, engine.submit)
    starts = Starts(store, clock, sources, workspace, engine.submit, pulse.wait)
    watches: Sequence[Callable[[], Awaitable[None]]] = (
        HealthWatch(store, clock, links, switches, workspace.services).watch,
        starts.watch,
        WarmTime(store, clock, links, switches, workspace, engine.submit).watch,
        bakes.watch,
        pruner.watch,
        GuessWatch(store, clock, ranking).watch,
        *deliveries(store, clock, workspace, worker.id, ReferencedSecrets(), pulse.wait),
        *board_duties(store, clock, workspace, ReferencedSecrets(), pulse.wait),
        *tool_duties(store, clock, workspace, ReferencedSecrets(), KNOWN.mask, pulse.wait),
    )
    return Crew(
        store,
        clock,
        workspace,
        engine,
        flips,
        sources,
        starts,
        watches,
        links,
        runners,
        leaving,
        pruner,
        canaries,
        bakes,
    )


class Crew:
    """Implements worker.crew.Crew."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        workspace: Workspace,
        engine: Engine,
        flips: Flips,
        sources: GitSources,
        starts: Starts,
        watches: Sequence[Callable[[], Awaitable[None]]],
        links: SshLinks,
        runners: JobctlRunners,
        leaving: Leaving,
        pruner: Pruner,
        canaries: Canaries,
        bakes: FlipBakes,
    ) -> None:
        self._store = store
        self._clock = clock
        self._workspace = workspace
        self._engine = engine
        self._flips = flips
        self._sources = sources
        self._starts = starts
        self._watches = watches
        self._links = links
        self._runners = runners
        self._leaving = leaving
        self._pruner = pruner
        self._repairs = RepairActs(store, clock, workspace, engine)
        self._acts = {
            Verb.RUN: self._run,
            Verb.RERUN: self._rerun,
            **self._repairs.table,
            **HostActs(store, clock, workspace, engine).table,
            **ColourActs(store, clock, workspace, engine).table,
            **FlipActs(store, clock, workspace, flips, canaries, bakes).table,
            Verb.CANCEL: self._cancel,
            Verb.NOTIFY: self._notify,
            Verb.NOTIFY_TEST: self._notify_test,
            Verb.PROMOTE: self._promote,
            Verb.PRUNE: self._prune,
        }

    async def recover(self) -> None:
        """Settles flips first: a run that waits for one looks at what came of it."""
        await self._flips.recover()
        await self._engine.recover()

    async def watch(self) -> None:
        """Takes up runs that wait for a worker, until cancelled."""
        await self._engine.take_up()

    async def lead(self) -> None:
        """Watches sources and services for the whole workspace, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for watch in (*self._watches, self._settle):
                group.create_task(_await(watch))

    def let_go(self) -> None:
        """Whatever is cancelled from now on stops no work."""
        self._leaving.is_on = True

    async def _settle(self) -> None:
        """Looks again at flips that a lost worker left, and at balancers that were not read."""
        while True:
            await self._clock.sleep(SETTLE_EVERY_S)
            names = [service.name for service in self._workspace.services.values()]
            is_partial = any(self._store.service_status(name).set_aside for name in names)
            is_open = any(flip.state not in ENDED for flip in self._store.flips(limit=50))
            if is_open or is_partial:
                await self._flips.recover()

    async def act(self, request: Request) -> Mapping[str, Json]:
        """Does what was asked."""
        act = self._acts.get(request.verb)
        if act is None:
            raise Refused(f"nobody here does {request.verb}")
        try:
            return await act(request)
        except Exception as error:
            hide_in(error, KNOWN.mask)  # its words are stored with the wish, and printed
            raise

    @property
    def is_busy(self) -> bool:
        """Whether a run is being walked."""
        return bool(self._engine.active)

    async def park(self) -> None:
        """Stops following without stopping the work, and gives every link back."""
        await self._engine.hand_over()
        self._runners.close()
        await self._links.close()

    async def _run(self, request: Request) -> Mapping[str, Json]:
        run = await pipelines.run_newest(
            self._store,
            self._clock,
            self._sources,
            self._workspace,
            request.subject,
            request.actor,
            request.why,
            commit_id=str(request.args.get("commit") or "") or None,
            parameters=_texts(request.args.get("parameters")),
        )
        await self._engine.submit(run.id)
        return {"run_id": run.id}

    async def _rerun(self, request: Request) -> Mapping[str, Json]:
        self._check(request)
        mode = str(request.args.get("mode") or "all")
        stage = str(request.args.get("stage") or "")
        if mode == "today":
            return await self._repairs.rerun_today(request)
        run = pipelines.rerun(
            self._store,
            self._clock,
            RunId(request.subject),
            mode,
            stage,
            request.actor,
            request.why,
        )
        await self._engine.submit(run.id)
        return {"run_id": run.id}

    async def _notify(self, request: Request) -> Mapping[str, Json]:
        runs = await self._starts.notify(request.subject)
        return {"run_ids": [run.id for run in runs]}

    async def _cancel(self, request: Request) -> Mapping[str, Json]:
        run_id = RunId(request.subject)
        pipelines.ask_cancel(self._store, self._clock, run_id, request.actor, request.why)
        await self._engine.cancel(run_id)
        return {"run_id": run_id}

    async def _promote(self, request: Request) -> Mapping[str, Json]:
        run = promotion.promote(
            self._store,
            self._clock,
            self._workspace,
            artifacts.find(self._store, request.subject),
            str(request.args.get("to") or ""),
            request.actor,
            request.why,
            str(request.args.get("pipeline") or ""),
        )
        await self._engine.submit(run.id)
        return {"run_id": run.id}

    async def _prune(self, request: Request) -> Mapping[str, Json]:
        report = await self._pruner.prune(request.actor, request.why)
        return {"report": encode(report)}

    async def _notify_test(self, request: Request) -> Mapping[str, Json]:
        await send_test(
            self._workspace, request.subject, request.actor, ReferencedSecrets(), self._clock
        )
        return {"channel": request.subject}

    def _check(self, request: Request) -> None:
        reason = why_not(self._store, self._clock, request.verb, request.subject)
        if reason is not None:
            raise Refused(reason)


def _texts(value: Json) -> Mapping[str, str]:
    """What a wish says by name; nothing where it says nothing of the kind."""
    if not isinstance(value, Mapping):
        return {}
    return {name: text for name, text in value.items() if isinstance(text, str)}


async def _await(duty: Callable[[], Awaitable[None]]) -> None:
    await duty()
