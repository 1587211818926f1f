"""A wire between a client and PostgreSQL that is cut at the moment of a commit."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from enum import Enum


class Cut(Enum):
    """What becomes of the next commit."""

    NEVER = "passes"
    BEFORE = "the server never hears of it"
    AFTER = "the server does it, the client never hears so"


class Wire:
    """Listens on loopback and passes bytes on; one client at a time is enough.

    Attributes:
        cut: What happens to the next commit; falls back to NEVER once it happened.
        is_open: Whether new clients are let through.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut = Cut.NEVER
        self.is_open = True
        self.closes_after_cut = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Lets nobody in any more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if not self.is_open:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self._server_port))
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        hush = threading.Event()
        down = threading.Thread(target=self._down, args=(client, server, hush), daemon=True)
        down.start()
        with suppress(OSError), client, server:
            while data := client.recv(65536):
                if b";COMMIT" in data and self.cut is not Cut.NEVER:
                    how, self.cut = self.cut, Cut.NEVER
                    self.is_open = not self.closes_after_cut
                    if how is Cut.AFTER:
                        hush.set()
                        server.sendall(data)
                        down.join(10)  # it ends with the server's answer
                    client.shutdown(socket.SHUT_RDWR)
                    server.shutdown(socket.SHUT_RDWR)
                    return
                server.sendall(data)

    def _down(self, client: socket.socket, server: socket.socket, hush: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if hush.is_set():
                    return
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
