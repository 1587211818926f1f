"""Stands before a channel: nothing that it tells, and nothing that it complains of, is a secret."""

from __future__ import annotations

from dataclasses import replace

from devops_tui.domain.errors import DevopsError
from devops_tui.domain.notice import Notice
from devops_tui.domain.notify import Message
from devops_tui.ports.notify import Sender
from devops_tui.services.hiding import Mask, hide_in


class MaskedSender:
    """Implements ports.notify.Sender over another one.

    A person may have written a secret into a reason; the other side may repeat in its
    answer the very URL or password that it was asked with.
    """

    def __init__(self, inner: Sender, mask: Mask) -> None:
        self._inner = inner
        self._mask = mask

    async def send(self, message: Message) -> None:
        """Tells the message without secrets; its key stays as it is.

        Raises:
            NotTold: As the sender below, without secrets.
        """
        notices = tuple(self._masked(notice) for notice in message.notices)
        try:
            await self._inner.send(replace(message, notices=notices))
        except DevopsError as error:
            hide_in(error, self._mask)
            raise

    def _masked(self, notice: Notice) -> Notice:
        mask = self._mask
        return replace(notice, title=mask(notice.title), why=mask(notice.why))
