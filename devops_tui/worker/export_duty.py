"""What a collector does for other programs that keep figures: serves them, sends them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from devops_tui.domain.errors import NotTold
from devops_tui.domain.export import Export
from devops_tui.domain.fleet import Frame, Host
from devops_tui.ports.export import FigureSink
from devops_tui.ports.runtime import Clock
from devops_tui.presentation import openmetrics
from devops_tui.services.figure_queue import FigureQueue
from devops_tui.services.scrape import ScrapeServer

AT_ONCE = 2000  # samples in one message: some 2 MB
_AGAIN_S = 30.0

log = logging.getLogger(__name__)


class ExportDuty:
    """Follows the configuration: opens, moves and closes what it says.

    Args:
        frames: What is known of each host now.
        sink: None where nothing can be sent.
    """

    def __init__(
        self,
        clock: Clock,
        monotonic: Callable[[], float],
        frames: Callable[[], Sequence[Frame]],
        sink: FigureSink | None,
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._frames = frames
        self._sink = sink
        self._export = Export()
        self._hosts: Mapping[str, Host] = {}
        self._queue = FigureQueue()
        self._server: ScrapeServer | None = None
        self._listens_at: tuple[str, int] | None = None
        self._open_again_s = 0.0
        self._send_at_s = 0.0

    def follow(self, export: Export, hosts: Mapping[str, Host]) -> None:
        """What the configuration says now."""
        self._export, self._hosts = export, hosts

    def take(self, frames: Sequence[Frame]) -> None:
        """New figures; they wait only where they are sent."""
        if self._export.write_url and self._sink is not None:
            self._queue.take(frames)

    async def turn(self) -> None:
        """Call it about once a second; a receiver that hangs holds up its caller 10 s."""
        await self._listen()
        await self._send()

    async def close(self) -> None:
        """Listens no more; what waits is sent once."""
        self._send_at_s = 0.0
        await self._send()
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def _listen(self) -> None:
        wanted = (self._export.address, self._export.port) if self._export.port else None
        if wanted == self._listens_at:
            return
        if self._server is not None:
            await self._server.close()
            self._server = self._listens_at = None
        if wanted is None or self._monotonic() < self._open_again_s:
            return
        server = ScrapeServer(self._text)
        try:
            await server.open(*wanted)
        except OSError as error:
            self._open_again_s = self._monotonic() + _AGAIN_S
            log.warning("figures cannot be served at %s:%d: %s", *wanted, error.strerror or error)
            return
        log.info("figures are served at http://%s:%d/metrics", *wanted)
        self._server, self._listens_at = server, wanted

    def _text(self, knows_openmetrics: bool) -> tuple[str, str]:
        if knows_openmetrics:
            return openmetrics.CONTENT_TYPE, openmetrics.exposition(self._frames(), self._hosts)
        return openmetrics.CLASSIC_TYPE, openmetrics.classic(self._frames(), self._hosts)

    async def _send(self) -> None:
        now_s = self._monotonic()
        if self._sink is None or not self._export.write_url or now_s < self._send_at_s:
            return
        self._send_at_s = now_s + self._export.write_every_s
        dropped = self._queue.drop_before(self._clock.now())
        if dropped:
            log.warning("%d samples waited too long and were not sent", dropped)
        while len(self._queue):
            series, count = self._queue.series(self._hosts, AT_ONCE)
            try:
                await self._sink.send(self._export.write_url, series, self._export.write_as)
            except NotTold as error:
                log.warning("figures were not sent: %s", error)
                if not error.is_retryable:
                    self._queue.drop(count)
                return
            self._queue.drop(count)
