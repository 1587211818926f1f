"""A batch job that burns a share of one core, and rests while nobody looks at its host.

Run as a plain file with nice; needs nothing but the standard library.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import time
from pathlib import Path

_WINDOW_S = 0.2
_LOOKED_WITHIN_S = 20.0


def burn(duty: float, window_s: float = _WINDOW_S) -> float:
    """Computes for `duty` of a window, then rests for what is left of it.

    Returns:
        Seconds of CPU time that were used; less than asked where others needed the core.
    """
    begun, spent = time.monotonic(), time.process_time()
    data = b"order"
    while time.process_time() - spent < duty * window_s and time.monotonic() - begun < window_s:
        for _ in range(200):
            data = hashlib.sha256(data).digest()
    used = time.process_time() - spent
    time.sleep(max(0.0, window_s - (time.monotonic() - begun)))
    return used


def is_looked_at(mark: Path) -> bool:
    """Whether somebody was connected to the host a moment ago."""
    try:
        return time.time() - mark.stat().st_mtime < _LOOKED_WITHIN_S
    except OSError:
        return False


def main() -> None:
    """Until the host ends it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--duty", type=float, required=True)
    parser.add_argument("--mark", type=Path, required=True)
    given = parser.parse_args()
    parent = os.getppid()
    while os.getppid() == parent:
        if is_looked_at(given.mark):
            burn(given.duty)
        else:
            time.sleep(1.0)


if __name__ == "__main__":
    main()
