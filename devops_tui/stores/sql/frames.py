"""The last frame of each host, apart from what must last, so that a release never waits for it.

1,000 frames cost about 40 CPU ms to write and 33 to read this way; through the codec
that serves the durable store their JSON alone costs 240 and 190.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter

from devops_tui.domain.codec import decode, encode
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.domain.survey import Survey
from devops_tui.stores.sql.database import Database, Row

_STEPS = 250
_RATIOS = tuple(n / _STEPS for n in range(256))
_NAMES = tuple(f.name for f in fields(Sample))
_values = attrgetter(*_NAMES)
_COLUMNS = "host, rev, link, at, retry_at, why, sample, trend"
_UPSERT = f"""
INSERT INTO frame ({_COLUMNS})
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (host) DO UPDATE SET rev = excluded.rev, link = excluded.link, at = excluded.at,
  retry_at = excluded.retry_at, why = excluded.why, sample = excluded.sample,
  trend = excluded.trend
"""  # noqa: S608 - fixed words
_CHANGED = f"SELECT {_COLUMNS} FROM frame WHERE rev > ?"  # noqa: S608 - fixed words


class SqlFrames:
    """Implements ports.frames.Frames; belongs to the thread that opened it."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._known: dict[str, Frame] = {}
        self._read_revision = 0
        self._listed: tuple[Frame, ...] = ()

    def save_frames(self, frames: Sequence[Frame]) -> None:
        if not frames:
            return
        with self._db.transaction():
            (rev,) = self._db.returning("UPDATE revision SET value = value + 1 RETURNING value")
            self._db.execute_many(_UPSERT, [_row(frame, rev) for frame in frames])

    def frames(self) -> Sequence[Frame]:
        with self._db.snapshot():
            revision = self._revision()
            if revision == self._read_revision and self._is_all_there():
                return self._listed
            hosts = [host for (host,) in self._db.rows("SELECT host FROM frame ORDER BY host")]
            rows = self._db.rows(_CHANGED, (self._read_revision,))
            known = self._known | {row[0]: _frame(row) for row in rows}
            if revision < self._read_revision or not known.keys() >= set(hosts):
                # a database that crashed may have forgotten its last seconds: begin anew
                known = {row[0]: _frame(row) for row in self._db.rows(_CHANGED, (0,))}
        self._read_revision = revision
        self._known = {host: known[host] for host in hosts}
        self._listed = tuple(self._known.values())
        return self._listed

    def drop_frames(self, keep: Sequence[HostName]) -> None:
        with self._db.transaction():
            hosts = {host for (host,) in self._db.rows("SELECT host FROM frame")}
            gone = sorted(hosts - set(keep))
            if gone:  # readers look again at nothing whose revision stands
                self._db.execute("UPDATE revision SET value = value + 1")
            self._db.execute_many("DELETE FROM frame WHERE host = ?", [(host,) for host in gone])
            self._db.execute_many("DELETE FROM survey WHERE host = ?", [(host,) for host in gone])

    def save_surveys(self, surveys: Sequence[Survey]) -> None:
        with self._db.transaction():
            self._db.execute("UPDATE revision SET value = value + 1")
            self._db.execute_many(
                "INSERT INTO survey (host, body) VALUES (?, ?)"
                " ON CONFLICT (host) DO UPDATE SET body = excluded.body",
                [(survey.host, _storable(json.dumps(encode(survey)))) for survey in surveys],
            )

    def survey(self, host: HostName) -> Survey:
        row = self._db.row("SELECT body FROM survey WHERE host = ?", (host,))
        return _survey(host, row[0]) if row else Survey(host)

    def surveys(self) -> Sequence[Survey]:
        rows = self._db.rows("SELECT host, body FROM survey ORDER BY host")
        return tuple(_survey(HostName(host), body) for host, body in rows)

    def look_at(self, host: HostName, at: datetime) -> None:
        self._db.execute(
            "INSERT INTO look (host, at_s) VALUES (?, ?)"
            " ON CONFLICT (host) DO UPDATE SET at_s = excluded.at_s",
            (host, at.timestamp()),
        )

    def looked_at(self, since: datetime) -> Sequence[HostName]:
        rows = self._db.rows(
            "SELECT host FROM look WHERE at_s >= ? ORDER BY host", (since.timestamp(),)
        )
        return tuple(HostName(host) for (host,) in rows)

    def version(self) -> int:
        return self._db.version()

    def close(self) -> None:
        self._db.close()

    def _is_all_there(self) -> bool:
        """A server that crashed empties the table, and the revision may stand."""
        row = self._db.row("SELECT COUNT(*) FROM frame")
        return row is not None and row[0] == len(self._listed)

    def _revision(self) -> int:
        row = self._db.row("SELECT value FROM revision")
        return int(row[0]) if row else 0


def _row(frame: Frame, rev: int) -> Row:
    sample = frame.sample
    return (
        frame.host,
        rev,
        frame.link.value,
        frame.at.astimezone(UTC).isoformat(),
        frame.retry_at.astimezone(UTC).isoformat() if frame.retry_at else None,
        _storable(frame.why),
        json.dumps(dict(zip(_NAMES, _values(sample), strict=True))) if sample else None,
        bytes([int(ratio * _STEPS + 0.5) for ratio in frame.cpu_trend]),
    )


def _storable(text: str) -> str:
    """Lone surrogates, as from undecodable file names, cannot become UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _frame(row: Row) -> Frame:
    host, _, link, at, retry_at, why, sample, trend = row
    return Frame(
        host=HostName(host),
        link=LinkState(link),
        at=datetime.fromisoformat(at),
        sample=_sample(sample) if sample else None,
        cpu_trend=tuple([_RATIOS[step] for step in trend]),
        why=why,
        retry_at=datetime.fromisoformat(retry_at) if retry_at else None,
    )


def _survey(host: HostName, text: str) -> Survey:
    """Without answers when another version wrote it in another shape."""
    try:
        return decode(Survey, json.loads(text))
    except (ValueError, TypeError):
        return Survey(host)


def _sample(text: str) -> Sample | None:
    """None when another version wrote it and a field of ours is missing there."""
    values = json.loads(text)
    try:
        return Sample(**{name: values[name] for name in _NAMES if name in values})
    except TypeError:
        return None
