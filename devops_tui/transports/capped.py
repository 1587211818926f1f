"""Collects output up to a limit and drops the rest, so that a flood costs no memory."""

from __future__ import annotations


class Capped:
    """The first bytes of a stream.

    Attributes:
        is_cut: Whether anything was dropped.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._room = limit_bytes
        self._chunks: list[bytes] = []
        self.is_cut = False

    def take(self, data: bytes) -> None:
        """Keeps what there is room for."""
        if len(data) > self._room:
            self.is_cut = True
            data = data[: self._room]
        if data:
            self._room -= len(data)
            self._chunks.append(data)

    def __bytes__(self) -> bytes:
        return b"".join(self._chunks)
