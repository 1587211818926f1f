"""The sprints of a scrum board: read, planned, begun, ended.

Source: Jira Software REST API, "Sprint": a sprint begins from `future` to `active`, with both
dates, and ends from `active` to `closed`; no other change of its state is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from devops_tui.domain.tracker import RemoteSprint
from devops_tui.domain.tracker_errors import TrackerNotThere
from devops_tui.integrations.jira.http import JiraHttp
from devops_tui.integrations.jira.reading import moment

_AGILE = "/rest/agile/1.0"
_AT_ONCE = 50
_NAME = 30
"""Jira takes no longer names of sprints."""


class JiraSprints:
    """Implements ports.tracker.TrackerSprints for one board."""

    def __init__(self, http: JiraHttp, board: int) -> None:
        self._http = http
        self._board = board

    async def open_ones(self) -> Sequence[RemoteSprint]:
        """Those that run or are planned, in the order of the board."""
        found: list[RemoteSprint] = []
        while True:
            query = {"state": "active,future", "startAt": str(len(found))}
            path = f"{_AGILE}/board/{self._board}/sprint"
            body = (await self._http.ask("GET", path, query)).body
            some = body.get("values") or ()
            found += [_sprint(each) for each in some]
            if not some or body.get("isLast", True):
                return found

    async def is_active(self, sprint_id: str) -> bool:
        """Read where it is kept."""
        try:
            answer = await self._http.ask("GET", f"{_AGILE}/sprint/{sprint_id}")
        except TrackerNotThere:
            return False
        return _sprint(answer.body).is_active

    async def plan(self, name: str) -> RemoteSprint:
        """An empty one, after all others."""
        body = {"name": name[:_NAME], "originBoardId": self._board}
        return _sprint((await self._http.ask("POST", f"{_AGILE}/sprint", body=body)).body)

    async def put_in(self, sprint_id: str, keys: Sequence[str]) -> None:
        """Fifty at a time; what is in it already stays."""
        for start in range(0, len(keys), _AT_ONCE):
            body = {"issues": list(keys[start : start + _AT_ONCE])}
            await self._http.ask("POST", f"{_AGILE}/sprint/{sprint_id}/issue", body=body)

    async def begin(self, sprint_id: str, goal: str, start: datetime, end: datetime) -> None:
        """Everything in one request: it runs with its goal and dates, or not at all."""
        body = {"state": "active", "goal": goal, "startDate": _stamp(start), "endDate": _stamp(end)}
        await self._http.ask("POST", f"{_AGILE}/sprint/{sprint_id}", body=body)

    async def end(self, sprint_id: str) -> None:
        """Jira decides where its open issues go."""
        await self._http.ask("POST", f"{_AGILE}/sprint/{sprint_id}", body={"state": "closed"})


def _sprint(data: Mapping[str, Any]) -> RemoteSprint:
    ends = data.get("endDate")
    return RemoteSprint(
        str(data.get("id")),
        " ".join(str(data.get("name") or "").split()),
        str(data.get("state") or "").lower() == "active",
        " ".join(str(data.get("goal") or "").split()),
        moment(ends).date().isoformat() if ends else "",
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
