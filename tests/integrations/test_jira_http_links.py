"""Every connection to Jira is given back, whenever its request is cut or its client closed."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator

import pytest

from devops_tui.domain.tracker_errors import TrackerUnreachable
from devops_tui.integrations.jira.http import JiraHttp, _Call


class _Secrets:
    async def resolve(self, reference: str) -> str:
        return "token"


@pytest.fixture
def port() -> Iterator[int]:
    """Where somebody listens who never answers."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield door.getsockname()[1]


def test_a_request_cut_before_it_was_sent_leaves_no_connection(port: int) -> None:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    link.connect()
    call = _Call(lambda: link, lambda _: None, "127.0.0.1")
    call.cut()
    with pytest.raises(TrackerUnreachable) as told:
        call.run("GET", "/", None, {})
    assert not told.value.is_sent
    assert link.sock is None


def test_what_comes_back_to_a_closed_client_is_closed(port: int) -> None:
    client = JiraHttp(f"http://127.0.0.1:{port}", "", "env:JIRA", _Secrets())
    link = client._take()
    link.connect()
    client.close()
    client._give(link)
    assert link.sock is None
