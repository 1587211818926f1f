"""A fault of the program itself: one line for the operator, all of it in a log file."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from devops_tui.domain.errors import DevopsError
from devops_tui.presentation.safe_text import SafeText, safe

LOG_LIMIT_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, in one line."""

    said: SafeText

    @classmethod
    def of(cls, error: BaseException, log: Path | None) -> Failure:
        """The failure that an error is; its traceback (no locals) goes into the log."""
        if isinstance(error, DevopsError):
            return cls(safe(str(error)))
        where = write_log(error, log)
        place = f"; the details are in {where}" if where else ""
        return cls(safe(f"devops-tui: {type(error).__name__}: {error}{place}"))


def write_log(error: BaseException, log: Path | None) -> Path | None:
    """Appends the traceback to the log file, private to the user; None when it cannot."""
    if log is None:
        return None
    text = "".join(traceback.format_exception(error))
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".old"))
        log.touch(mode=0o600)
        with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{text}\n")
    except OSError:
        return None  # a full disk must not hide the one line that the operator gets
    return log
