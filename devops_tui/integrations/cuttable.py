"""A connection on whose every wait another thread can put an end: to connect, TLS, an answer.

What is asked on a thread goes on after the task that waits for it was cancelled. Whoever
cancels cuts: the thread then ends at once, and closes what it has opened.
"""

from __future__ import annotations

import http.client
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Cut(OSError):
    """It was cut before it was connected: nothing was sent."""

    def __init__(self) -> None:
        super().__init__("cancelled")


class Cuttable:
    """Holds a second handle of a socket, by which the connection is shut from any thread.

    TLS takes a socket over while it shakes hands; a handle of our own stays good for the
    whole of it, and cannot be one that somebody else has got meanwhile.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: socket.socket | None = None
        self._is_cut = False

    @property
    def is_cut(self) -> bool:
        """Whether nobody waits any more."""
        return self._is_cut

    def connect(
        self,
        address: tuple[str, int],
        timeout: float | None = None,
        source_address: object = None,
    ) -> socket.socket:
        """A connection to the first of the host's addresses that takes it.

        The place of socket.create_connection, which nobody can end.

        Raises:
            Cut: Nobody waits any more.
            OSError: None takes it.
        """
        host, port = address
        failed = OSError(f"{host} has no address")
        for family, kind, protocol, _, place in socket.getaddrinfo(
            host, port, 0, socket.SOCK_STREAM
        ):
            link = socket.socket(family, kind, protocol)
            try:
                self.hold(link)
                link.settimeout(timeout)
                link.connect(place)
            except Cut:
                link.close()
                raise
            except OSError as error:
                link.close()
                failed = error
                if self._is_cut:
                    raise Cut from None
            else:
                return link
        raise failed

    def hold(self, link: socket.socket) -> None:
        """From now on a cut ends what is waited for on that connection.

        Raises:
            Cut: Nobody waits any more.
        """
        with self._lock:
            if self._is_cut:
                raise Cut
            before, self._held = self._held, socket.socket(fileno=os.dup(link.fileno()))
        if before is not None:
            before.close()

    def cut(self) -> None:
        """Ends it; the connection still belongs to who has opened it."""
        with self._lock:
            self._is_cut = True
            if self._held is not None:
                with suppress(OSError):
                    self._held.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> bool:
        """The wait is over; whether nobody has cut it before. A cut later ends nothing."""
        with self._lock:
            held, self._held = self._held, None
        if held is not None:
            held.close()
        return not self._is_cut


@contextmanager
def closing_early(answer: http.client.HTTPResponse) -> Iterator[None]:
    """Closes an answer that was not read to its end, on every way out.

    One that ends with its connection has got the socket for itself: to close the connection
    would leave it open.
    """
    is_read = False
    try:
        yield
        is_read = answer.isclosed()
    finally:
        if not is_read and answer.will_close:
            answer.close()
