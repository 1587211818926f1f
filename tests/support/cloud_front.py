"""A front door that follows what a cloud's double says: it names the colour it chose."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Choose = Callable[[], str]


class CloudFront:
    """Answers every path with X-Colour.

    Attributes:
        status: What it answers, 200 at first.

    Args:
        choose: The colour of the next request, or of the next connection.
        is_held: Whether a connection stays with its first colour, as it does behind a name
            in the DNS and behind a Service of Kubernetes.
    """

    def __init__(self, choose: Choose, *, is_held: bool) -> None:
        self.status = 200
        self._handler = _handler(choose, self, is_held)
        self.port = 0
        self._server = self._bind()
        self.port = self._server.server_address[1]
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
            self._thread.start()

    def stop(self) -> None:
        """Ends it, and binds the same port anew for the next start."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
            self._server.server_close()
            self._server = self._bind()

    def close(self) -> None:
        self.stop()
        self._server.server_close()

    def _bind(self) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler)
        server.daemon_threads = True
        return server


def _handler(choose: Choose, front: CloudFront, is_held: bool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        held = ""

        def do_GET(self) -> None:
            self.held = self.held if is_held and self.held else choose()
            self.send_response(front.status)
            self.send_header("X-Colour", self.held)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    return Handler
