"""What can go wrong between this board and another tool's.

TrackerError
 |- TrackerUnreachable   no answer; `is_sent` says whether it may have been done (a retry can help)
 |- TrackerBusy          asks to be left alone for a while (a retry can help)
 |- TrackerConflict      somebody changed it in this moment: read again (a retry can help)
 |- TrackerNotThere      no such thing, or not for this account
 |- TrackerLogin         the account is not let in, or may not do this
 '- TrackerRefused       it says no to what was asked
"""

from __future__ import annotations

from devops_tui.domain.errors import HostError


class TrackerError(HostError):
    """The other tool could not be used."""


class TrackerUnreachable(TrackerError):
    """No answer.

    Attributes:
        is_sent: The request had left: it may have been done.
    """

    is_retryable = True

    def __init__(self, title: str, hint: str = "", *, is_sent: bool = False) -> None:
        super().__init__(title, hint)
        self.is_sent = is_sent


class TrackerBusy(TrackerError):
    """It asks to be left alone; nothing was done.

    Attributes:
        retry_after_s: For how long.
    """

    is_retryable = True

    def __init__(self, title: str, hint: str = "", retry_after_s: float = 60.0) -> None:
        super().__init__(title, hint)
        self.retry_after_s = retry_after_s


class TrackerConflict(TrackerError):
    """Somebody else changed it at the same moment; nothing was done."""

    is_retryable = True


class TrackerNotThere(TrackerError):
    """There is no such thing, or this account does not see it."""


class TrackerLogin(TrackerError):
    """The account is not let in."""


class TrackerRefused(TrackerError):
    """It says no, and would again."""
