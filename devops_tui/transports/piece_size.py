"""How much output is asked for at once: much where it comes quickly, little on a slow link."""

from __future__ import annotations

LEAST_BYTES = 1 << 16
FIRST_BYTES = 1 << 18
MOST_BYTES = 1 << 20
QUICK_S = 0.5
SLOW_S = 4.0


class PieceSize:
    """Grows while full pieces come quickly; shrinks when one takes long.

    A question costs two processes on the host, so a flood is read in large pieces; on a
    slow link a large one would look like a link that hangs.

    Attributes:
        bytes: To be asked for next.
    """

    def __init__(self) -> None:
        self.bytes = FIRST_BYTES

    def came(self, size: int, took_s: float) -> None:
        """A piece of `size` bytes came after `took_s` seconds."""
        if took_s > SLOW_S:
            self.bytes = max(LEAST_BYTES, self.bytes // 2)
        elif size >= self.bytes and took_s < QUICK_S:
            self.bytes = min(MOST_BYTES, self.bytes * 2)
