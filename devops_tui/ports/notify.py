"""Telling people on one way: a webhook, mail, a program."""

from __future__ import annotations

from typing import Protocol

from devops_tui.domain.notify import Message


class Sender(Protocol):
    """Tells one message; the same message may come again, with the same key.

    Cancel: the connection is cut, or the program ended; it may have been told.
    """

    async def send(self, message: Message) -> None:
        """Returns when the other side has taken it.

        Raises:
            NotTold: It did not take it, or nobody knows.
        """
        ...
