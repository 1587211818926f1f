"""`fleet --record FILE`: records what screens show, for a replay."""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from devops_tui.cli.call import Call
from devops_tui.cli.diagnostics import Exit, write
from devops_tui.cli.parser import count
from devops_tui.domain.errors import StoreError
from devops_tui.presentation.line import line
from devops_tui.presentation.units import size

EVERY_S = 5.0
LIMIT_MB = 256
_BEAT_S = 5.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def add_record(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="record all screens, until ctrl+c"
    )
    parser.add_argument(
        "--for", dest="span_s", type=_span, metavar="SPAN", help="with --record: 30m, 8h..."
    )
    parser.add_argument(
        "--every", type=_pause, default=EVERY_S, metavar="SECONDS",
        help=f"with --record: between two looks ({EVERY_S:.0f})",
    )  # fmt: skip
    parser.add_argument(
        "--limit", type=count, default=LIMIT_MB, metavar="MB",
        help=f"with --record: the oldest goes beyond it ({LIMIT_MB})",
    )  # fmt: skip


def record(call: Call) -> int:
    """Records until it is ended, or its time is over."""
    from devops_tui.bootstrap.recording import Recording

    words = call.words
    path: Path = words.record
    front = call.ready
    recording = Recording(front, path, words.every, words.limit << 20)
    write(f"recording to {path}; ctrl+c ends it, `devops-tui replay {path}` shows it")
    began_s, beaten_s = time.monotonic(), -_BEAT_S
    with _ended_by_signal() as ended:
        try:
            while not ended.is_set() and not _is_over(words.span_s, began_s):
                look_s = time.monotonic()
                if look_s - beaten_s >= _BEAT_S:
                    beaten_s = look_s
                    _try(lambda: front.beat("recording"))
                _try(recording.recorder.look)
                ended.wait(max(0.05, words.every - (time.monotonic() - look_s)))
        finally:
            recording.close()
    recorder, bytes_kept = recording.recorder, recording.writer.size_bytes
    call.out.json({"file": str(path), "looks": recorder.looks, "hosts": recorder.hosts,
                   "bytes": bytes_kept})  # fmt: skip
    call.out.lines([line(f"{path}: {recorder.looks} looks at {recorder.hosts} hosts, "
                         f"{size(bytes_kept)}")])  # fmt: skip
    return Exit.OK


def _is_over(span_s: float | None, began_s: float) -> bool:
    return span_s is not None and time.monotonic() - began_s >= span_s


def _try(act: object) -> None:
    """What is away for a while is a hole in the recording, not its end."""
    try:
        act()  # type: ignore[operator]
    except StoreError as error:
        if not error.is_passing:
            raise
        write(f"not recorded: {error}")


@contextlib.contextmanager
def _ended_by_signal() -> Iterator[threading.Event]:
    """These signals are the ordinary end of a recording."""
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in _SIGNALS}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _span(text: str) -> float:
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is no time span like 30m or 8h")
    return int(found[1]) * _UNITS[found[2]]


def _pause(text: str) -> float:
    number = float(text)
    if not 0.5 <= number <= 300:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.5 and 300 seconds")
    return number
