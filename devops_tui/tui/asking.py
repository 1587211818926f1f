"""What all acts share: asking the operator, asking the house, filing a wish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from devops_tui.domain.audit import Request, Verb
from devops_tui.domain.event import Json
from devops_tui.domain.ids import RequestId, RunId
from devops_tui.domain.view import RunView
from devops_tui.domain.workspace import Environment
from devops_tui.presentation.line import Line, line
from devops_tui.tui.arming import environment_of
from devops_tui.tui.notices import tell

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp
    from devops_tui.tui.dialogs import Answer, Question


class Asking:
    """Base of the acts."""

    def __init__(self, house: DevopsApp) -> None:
        self._house = house
        self._pending: dict[RequestId, str] = {}

    def _view_of(self, run_id: RunId) -> RunView | None:
        overview = self._house.overview
        return overview.run(run_id) if overview else None

    async def _is_possible(self, verb: Verb, subject: str) -> bool:
        reason = await self._house.bridge.ask(lambda f: f.why_not(verb, subject))
        if reason:
            tell(self._house, line(reason), "warning")
        return not reason

    async def _file(
        self,
        verb: Verb,
        subject: str,
        said: str,
        why: str = "",
        args: dict[str, Json] | None = None,
    ) -> Request:
        request = await self._house.bridge.ask(lambda f: f.file(verb, subject, why, args))
        self._pending[request.id] = said
        tell(self._house, line(f"{said}: asked for"))
        return request

    def _environment_of(self, service: str) -> Environment | None:
        return environment_of(self._house.overview, service)

    async def _ask_operator(
        self,
        *,
        title: Line,
        verb: str,
        said: Sequence[Line] = (),
        typed: str = "",
        asks_reason: bool = False,
        needs_reason: bool = False,
        is_careful: bool = True,
        asks: str = "",
    ) -> Answer | None:
        from devops_tui.tui.dialogs import Dialog, Question

        question: Question = Question(
            title, said, verb, typed, asks_reason, needs_reason, is_careful, asks
        )
        return await self._house.push_screen_wait(Dialog(question))
