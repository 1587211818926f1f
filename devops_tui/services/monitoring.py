"""The figures of a fleet: a watch for each host, and frames for whoever looks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.event import Event
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.slow_plan import SlowPlan
from devops_tui.domain.survey import Survey
from devops_tui.ports.transport import Links
from devops_tui.services.host_watch import HostWatch
from devops_tui.services.live_frame import LiveFrame
from devops_tui.services.machine_watch import MachineWatch
from devops_tui.services.patience import WALL_S
from devops_tui.services.slow_pace import SlowPace
from devops_tui.services.slow_question import Question
from devops_tui.services.slow_questions import questions_of
from devops_tui.services.slow_watch import SlowWatch
from devops_tui.services.watch import UNSEEN_S, Watch, WatchTools

BEAT_S = 0.1
SPREAD = 5
"""Hosts that are asked every 5 s are looked at in turn: each at every fifth beat."""
FLUSH_S = 0.5

log = logging.getLogger(__name__)


class FleetWatch:
    """All hosts of a workspace.

    Args:
        save: Keeps frames; called twice a second at most with those that changed, never
            twice at once. May raise DevopsError: the frames come again then.
        announce: Gets "host.state_changed"; called on the event loop, must not block.
        save_surveys: As `save`, with answers to slow questions.
        questions: Which of those a host is asked.
    """

    def __init__(
        self,
        tools: WatchTools,
        save: Callable[[Sequence[Frame]], Awaitable[None]],
        announce: Callable[[Event], None],
        save_surveys: Callable[[Sequence[Survey]], Awaitable[None]] | None = None,
        questions: Callable[[Host, SlowPlan], Sequence[Question]] = questions_of,
    ) -> None:
        self._tools = tools
        self._save = save
        self._announce = announce
        self._save_surveys = save_surveys
        self._questions = questions
        self._interval_s = UNSEEN_S
        self._is_slow = True  # nobody is asked more often than every 5 s
        self._hosts: dict[HostName, Host] = {}
        self._watches: dict[HostName, Watch] = {}
        self._follows: list[asyncio.Task[None]] = []
        self._saving: asyncio.Task[None] | None = None

    @property
    def frames(self) -> tuple[Frame, ...]:
        """What is known of each host now."""
        return tuple(watch.live.frame for watch in self._watches.values())

    async def watch(
        self, hosts: Mapping[str, Host], links: Links, plan: SlowPlan | None = None
    ) -> None:
        """Follows these hosts over these links from now on, and no others.

        Hosts that stay as they were keep their last figures until the new link answers.
        """
        await self._stop_following()
        kept = {
            name: watch.live
            for name, watch in self._watches.items()
            if hosts.get(name) == self._hosts[name]
        }
        self._hosts = {host.name: host for host in hosts.values()}
        self._watches = {}
        asked = {
            host.name: self._questions(host, plan or SlowPlan()) for host in self._hosts.values()
        }
        pace = SlowPace(question for questions in asked.values() for question in questions)
        for host in self._hosts.values():
            live = kept.get(host.name) or LiveFrame(host.name, self._tools.clock, self._announce)
            live.show_again()
            watch = self._new_watch(host, live, links, asked[host.name], pace)
            watch.set_interval(self._interval_s)
            self._watches[host.name] = watch
            self._follows.append(
                asyncio.create_task(self._follow(watch), name=f"watch {host.name}")
            )

    def set_pace(self, interval_s: float, hosts: Sequence[HostName] | None = None) -> None:
        """How often these hosts, or all, are asked from now on, in seconds."""
        if hosts is None:
            self._interval_s = interval_s
        self._is_slow = interval_s >= UNSEEN_S and (hosts is None or self._is_slow)
        for name in self._watches if hosts is None else hosts:
            if name in self._watches:
                self._watches[name].set_interval(interval_s)

    def look(self, hosts: Iterable[HostName]) -> None:
        """Somebody looks at these hosts: they are asked what only looking asks for."""
        for name in hosts:
            if name in self._watches:
                self._watches[name].slow.look()

    async def run(self) -> None:
        """Asks and saves until cancelled; the last frames are saved then."""
        flush_at_s = self._tools.monotonic()
        try:
            turn = 0
            while True:
                now_s = self._tools.monotonic()
                turn += 1
                step = SPREAD if self._is_slow else 1
                for watch in tuple(self._watches.values())[turn % step :: step]:
                    watch.beat(now_s)
                if now_s >= flush_at_s and (self._saving is None or self._saving.done()):
                    flush_at_s = now_s + FLUSH_S
                    self._saving = asyncio.create_task(self._flush())
                await self._tools.clock.sleep(BEAT_S)
        finally:
            await self._stop_following()
            if self._saving is not None:
                await self._saving
            await self._flush()

    def _new_watch(
        self,
        host: Host,
        live: LiveFrame,
        links: Links,
        questions: Sequence[Question],
        pace: SlowPace,
    ) -> Watch:
        slow = SlowWatch(host, questions, live, self._tools, pace)
        if host.is_local:
            return MachineWatch(live, self._tools, slow, links.to(host.name))
        return HostWatch(host, links, live, self._tools, slow)

    async def _follow(self, watch: Watch) -> None:
        """One host's fault never ends the others' figures: it is logged and shown."""
        while True:
            try:
                await watch.follow()
            except Exception as error:
                log.exception("the watch of %s failed", watch.live.frame.host)
                watch.live.mark(LinkState.UNREACHABLE, f"fault in the watch: {error!r}")
            await self._tools.clock.sleep(WALL_S)

    async def _flush(self) -> None:
        await self._flush_frames()
        if self._save_surveys is None:
            return
        slow = [watch.slow for watch in self._watches.values()]
        changed = [survey for s in slow if (survey := s.take_changed()) is not None]
        try:
            if changed:
                await self._save_surveys(changed)
        except DevopsError as error:
            log.warning("the answers of %d hosts were not kept: %s", len(changed), error)
            for each in slow:
                each.show_again()

    async def _flush_frames(self) -> None:
        lives = [watch.live for watch in self._watches.values()]
        changed = [frame for live in lives if (frame := live.take_changed()) is not None]
        if not changed:
            return
        try:
            await self._save(changed)
        except DevopsError as error:
            log.warning("%d frames were not kept: %s", len(changed), error)
            for live in lives:
                live.show_again()

    async def _stop_following(self) -> None:
        for task in self._follows:
            task.cancel()
        await asyncio.gather(*self._follows, return_exceptions=True)
        self._follows.clear()
