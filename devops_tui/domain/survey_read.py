"""What the slow questions' commands print, as readings; what makes no sense is left out."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from devops_tui.domain.survey import Level, Reading

MOST_READINGS = 200
_FAR_S = 1.0  # a clock further off is worth a warning
_LISTENS = "0A"
_SECTION = re.compile(r"^#(\w+)$", re.MULTILINE)
_DOWN = re.compile(r"unhealthy|restarting|dead|exited \([1-9]", re.IGNORECASE)


def text_of(output: bytes) -> str:
    """Bytes of a host as text; what is none stays visible."""
    return output.decode("utf-8", "backslashreplace")


def read_units(output: bytes) -> tuple[Reading, ...]:
    """Failed units, from `systemctl list-units --failed --plain --no-legend`."""
    found = []
    for line in text_of(output).splitlines():
        words = line.lstrip("● ").split(None, 4)
        if len(words) >= 4 and "failed" in (words[2], words[3]):
            about = words[4] if len(words) > 4 else ""
            found.append(Reading(words[0], about, Level.CRITICAL))
    return tuple(found[:MOST_READINGS])


def read_ports(output: bytes) -> tuple[Reading, ...]:
    """Listening TCP ports, from /proc/net/tcp and tcp6; each port once."""
    places: dict[int, set[str]] = {}
    for line in text_of(output).splitlines():
        words = line.split()
        if len(words) > 3 and words[3] == _LISTENS and ":" in words[1]:
            address, _, port = words[1].rpartition(":")
            try:
                places.setdefault(int(port, 16), set()).add(_address(address))
            except ValueError:
                continue
    return tuple(
        Reading(str(port), ", ".join(sorted(found)), figures={"port": float(port)})
        for port, found in sorted(places.items())[:MOST_READINGS]
    )


def _address(hexadecimal: str) -> str:
    """Of the kernel's tables, as far as people need it: whose connections come in."""
    raw = bytes.fromhex(hexadecimal)
    if not any(raw):
        return "everywhere"
    if len(raw) == 4:
        return "loopback" if raw[3] == 127 else ".".join(str(b) for b in reversed(raw))
    words = [raw[at : at + 4][::-1] for at in range(0, 16, 4)]
    whole = b"".join(words)
    if whole == bytes(15) + b"\x01" or whole[:13] == bytes(10) + b"\xff\xff\x7f":
        return "loopback"
    return ":".join(f"{whole[at] << 8 | whole[at + 1]:x}" for at in range(0, 16, 2))


def sections_of(output: bytes) -> dict[str, str]:
    """Parts that begin with a line `#NAME`."""
    parts = _SECTION.split(text_of(output))
    return {name: body.strip("\n") for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def read_system(output: bytes, asked_at: datetime, answered_at: datetime) -> tuple[Reading, ...]:
    """Whether a restart is due, kills for want of memory, and how far off the clock is."""
    parts = sections_of(output)
    found = []
    if "reboot" in parts:
        is_due = bool(parts["reboot"])
        words = " ".join(parts["reboot"].split()) if is_due else "not required"
        figures = {"reboot_required": float(is_due)}
        found.append(Reading("reboot", words, Level.WARNING if is_due else Level.OK, figures))
    kills = _number(parts.get("oom", ""))
    if kills is not None:
        found.append(Reading("oom kills", f"{kills:.0f} since boot", figures={"total": kills}))
    offset = _offset(parts, asked_at, answered_at)
    if offset is not None:
        found.append(offset)
    return tuple(found)


def _offset(parts: dict[str, str], asked_at: datetime, answered_at: datetime) -> Reading | None:
    """By the host's own time service where it has one, else by our clock.

    Source: `chronyc -c tracking`, fifth field: seconds by which the system is slow.
    """
    fields = parts.get("chrony", "").split(",")
    told = _number(fields[4]) if len(fields) > 4 else None
    if told is not None:
        return _clock(abs(told), "by chrony")
    theirs = _number(parts.get("date", ""))
    if theirs is None:
        return None
    # It looked between our two moments: only what lies outside of them is off for sure.
    early = asked_at.timestamp() - theirs - (0.0 if "." in parts["date"] else 1.0)
    late = theirs - answered_at.timestamp()
    return _clock(max(early, late, 0.0), "by our clock")


def _clock(offset_s: float, by: str) -> Reading:
    level = Level.WARNING if offset_s > _FAR_S else Level.OK
    return Reading("clock", f"{offset_s:.3f} s off, {by}", level, {"offset_s": offset_s})


def _number(text: str) -> float | None:
    found = re.fullmatch(r"\s*([-+]?\d{1,18}(?:\.\d{1,12})?)\s*", text)
    return float(found[1]) if found else None


def read_containers(output: bytes) -> tuple[Reading, ...]:
    """From `docker ps -a --format` with name, image and status between tabs."""
    found = []
    for line in text_of(output).splitlines()[:MOST_READINGS]:
        fields = line.split("\t")
        if len(fields) == 3:
            level = Level.CRITICAL if _DOWN.search(fields[2]) else Level.OK
            found.append(Reading(fields[0], f"{fields[2]} · {fields[1]}", level))
    complaint = text_of(output).strip()
    if complaint and not found:  # no rights, or no daemon: that is not "none"
        found.append(Reading("not known", complaint.splitlines()[0], Level.UNKNOWN))
    return tuple(found)


def read_certificates(
    output: bytes, warn_days: dict[str, float], now: datetime
) -> tuple[Reading, ...]:
    """From lines `NAME<tab>notAfter=...`; without a date it says why there is none."""
    found = []
    for line in text_of(output).splitlines()[:MOST_READINGS]:
        name, tab, said = line.partition("\t")
        if not tab:
            continue
        ends = _end_of(said)
        if ends is None:
            found.append(Reading(name, said or "cannot be read", Level.UNKNOWN))
            continue
        days = (ends - now).total_seconds() / 86400
        level = Level.OK if days > warn_days.get(name, 0.0) else Level.WARNING
        if days <= 3:
            level = Level.CRITICAL
        found.append(Reading(name, f"until {ends:%Y-%m-%d}", level, {"left_days": days}))
    return tuple(sorted(found, key=lambda r: r.figures.get("left_days", -1.0)))


def _end_of(said: str) -> datetime | None:
    try:
        return datetime.strptime(
            said.removeprefix("notAfter=").strip(), "%b %d %H:%M:%S %Y GMT"
        ).replace(tzinfo=UTC)
    except ValueError:
        return None


def read_processes(output: bytes) -> tuple[Reading, ...]:
    """From lines `PID CPU_RATIO RSS_BYTES NAME`, busiest first."""
    found = []
    for line in text_of(output).splitlines()[:MOST_READINGS]:
        words = line.split(" ", 3)
        cpu, memory = (_number(w) for w in words[1:3]) if len(words) == 4 else (None, None)
        if cpu is not None and memory is not None:
            figures = {"cpu_ratio": cpu, "rss_bytes": memory}
            found.append(Reading(words[3], f"pid {words[0]}", figures=figures))
    return tuple(found)


def read_log(output: bytes) -> tuple[Reading, ...]:
    """A reading a line, oldest first; the first line names the source."""
    lines = text_of(output).splitlines()
    return tuple(Reading("", line) for line in lines[:MOST_READINGS])
