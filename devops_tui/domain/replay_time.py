"""What an operator means by a time in a recording."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

_DAY = timedelta(days=1)


def time_of(said: str, start: datetime, zone: tzinfo | None) -> datetime | None:
    """The moment that "03:12", "03:12:30" or "2026-11-22 03:12" means; None for no time.

    A time without a day is the first such one since the recording began.

    Args:
        said: What was typed, in the operator's zone unless it names another.
        start: The beginning of the recording.
        zone: The operator's.
    """
    said = said.strip()
    try:
        if "-" in said[:8]:
            at = datetime.fromisoformat(said)
            return at if at.tzinfo else at.replace(tzinfo=zone)
        parts = [int(part) for part in said.split(":")]
        hour, minute, second = (*parts, 0) if len(parts) == 2 else parts
        first = start.astimezone(zone).replace(microsecond=0)
        at = first.replace(hour=hour, minute=minute, second=second)
    except ValueError:
        return None
    begins = first if len(parts) == 3 else first.replace(second=0)
    return at if at >= begins else at + _DAY
