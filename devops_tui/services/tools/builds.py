"""Sees one build on a CI server through: asked for once, followed to its end, or stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from devops_tui.domain.errors import CommandLost, Refused, ToolRefused, ToolSilent
from devops_tui.domain.tool_build import BuildOrder, BuildThere, Stage
from devops_tui.ports.runtime import Clock
from devops_tui.ports.tool_build import BuildServer

LOOK_S = 1.0
APPEAR_S = 60.0
"""So long a request that nobody answered may still be on its way to the server."""

STOP_S = 30.0
_MISSED_LOOKS = 5
_LOG_TRIES = 5
_NOT_HEARD = frozenset({408, 425})
"""Said by proxies, perhaps after they had passed the request on."""

_HINT = "Look there before you ask again: the same --id finds it."


@dataclass(frozen=True, slots=True)
class Telling:
    """Where goes what is to be read.

    Attributes:
        log: Takes the bytes of the build's own log.
        note: Takes a line about what happens to it.
    """

    log: Callable[[bytes], None]
    note: Callable[[str], None]


class BuildFollowing:
    """One order on one server.

    Args:
        asked: Called when the build is there, or right before it is asked for: from then on
            there may be something to stop.
    """

    def __init__(
        self,
        server: BuildServer,
        order: BuildOrder,
        clock: Clock,
        telling: Telling,
        asked: Callable[[], None] = lambda: None,
    ) -> None:
        self._server = server
        self._order = order
        self._clock = clock
        self._telling = telling
        self._asked = asked
        self._is_silent = False

    async def see_through(self) -> BuildThere:
        """Asks for the build unless it is there, and returns it when it is over.

        A server that is away while the build runs is waited for; the caller's time limit
        ends that. Cancel: the build goes on; see `stop`.

        Raises:
            ToolSilent: Nothing was asked for.
            NotFound, Refused: The server or a rule said no; nothing was begun.
            CommandLost: Nobody knows whether it began, or how it ended.
        """
        there = await self._server.find(self._order)
        if there is not None:
            self._asked()
            self._telling.note(f"follows {there.label or 'its place in the queue'} again")
        else:
            await self._server.check(self._order)
            there = await self._begin()
        return await self._follow(there)

    async def stop(self) -> BuildThere | None:
        """Ends the build, wherever it is; None when there was none.

        Raises:
            CommandLost: It did not end, or nobody knows.
        """
        ends = self._clock.now() + timedelta(seconds=STOP_S)
        why = "it does not end"
        there: BuildThere | None = None
        misses = 0
        while self._clock.now() < ends:
            try:
                there = await self._server.find(self._order)
                if there is None:
                    misses += 1
                elif there.is_over:
                    return there
                else:
                    misses = 0
                    await self._server.stop(self._order, there)
            except ToolSilent as error:
                why = error.title
            if misses > APPEAR_S / 4 / LOOK_S:
                return None
            await self._clock.sleep(LOOK_S)
        name = there.label if there is not None else self._order.mark
        raise CommandLost(f"nobody knows whether {name} was stopped: {why}", _HINT)

    async def _begin(self) -> BuildThere:
        self._asked()
        try:
            await self._server.start(self._order)
        except ToolRefused as error:
            if 400 <= error.status < 500 and error.status not in _NOT_HEARD:
                raise Refused(error.title, error.hint) from None
            self._telling.note(f"{error.title}; looks whether it began all the same")
        except ToolSilent as error:
            self._telling.note(f"{error.title}; looks whether it began all the same")
        return await self._appears()

    async def _appears(self) -> BuildThere:
        """The build that was asked for, as soon as the server shows it; never asks again."""
        ends = self._clock.now() + timedelta(seconds=APPEAR_S)
        why = "the server shows no such build"
        while True:
            try:
                there = await self._server.find(self._order)
                if there is not None:
                    return there
            except ToolSilent as error:
                why = error.title
            if self._clock.now() >= ends:
                raise CommandLost(f"nobody knows whether the build began: {why}", _HINT)
            await self._clock.sleep(LOOK_S)

    async def _follow(self, there: BuildThere) -> BuildThere:
        misses = 0
        label = ""
        while True:
            now = await self._now(there)
            if now is None:
                misses += 1
                if misses >= _MISSED_LOOKS:
                    return self._gone(there)
            else:
                there, misses = now, 0
                if there.label and there.label != label:
                    label = there.label
                    self._telling.note(f"is {label}")
                if there.is_over:
                    await self._rest_of_log(there)
                    return there
                if there.stage is Stage.RUNNING:
                    await self._log(there)
            await self._clock.sleep(LOOK_S)

    async def _now(self, there: BuildThere) -> BuildThere | None:
        """Asks until there is an answer; says once that there is none."""
        while True:
            try:
                found = await self._server.look(self._order, there)
            except ToolSilent as error:
                if not self._is_silent:
                    self._is_silent = True
                    self._telling.note(f"{error.title}; asks again")
                await self._clock.sleep(LOOK_S)
                continue
            if self._is_silent:
                self._is_silent = False
                self._telling.note("answers again")
            return found

    async def _log(self, there: BuildThere) -> bool:
        """What is there of the log; whether that was all. A log never ends the following."""
        try:
            while True:
                piece = await self._server.read_log(there)
                self._telling.log(piece.text)
                if piece.is_all:
                    return True
        except ToolSilent:
            return False

    async def _rest_of_log(self, there: BuildThere) -> None:
        for _ in range(_LOG_TRIES):
            if await self._log(there):
                return
            await self._clock.sleep(LOOK_S)
        self._telling.note("the rest of its log could not be read; it is there")

    def _gone(self, there: BuildThere) -> BuildThere:
        if there.stage is Stage.QUEUED:
            return BuildThere(Stage.FAILED, there.id, "", "left the queue, and was not built")
        raise CommandLost(f"{there.label} is not there any more: nobody knows how it ended", _HINT)
