"""Reads what hosts say of graphics processors, temperatures and pending updates."""

from __future__ import annotations

import re

from devops_tui.domain.survey import Level, Reading
from devops_tui.domain.survey_read import MOST_READINGS, sections_of, text_of

_NUMBER = re.compile(r"\s*(-?\d{1,12}(?:\.\d{1,6})?)\s*")
_INSTALLED = re.compile(r"Inst (\S+)(?: \[[^\]]*\])? \((\S+) ?([^)]*)\)")
_HOT_C = 90.0
"""Where a sensor names no limit."""


def read_gpus(output: bytes) -> tuple[Reading, ...]:
    """From lines of `nvidia-smi --query-gpu`; what a card does not tell is left out.

    Source: nvidia-smi's manual: memory in MiB, temperature in degrees Celsius, power in W.
    """
    found = []
    for row in text_of(output).splitlines()[:MOST_READINGS]:
        fields = [field.strip() for field in row.split(",")]
        if len(fields) != 7 or not fields[0].isdecimal():
            continue
        used, memory, whole, heat, power = (_number(field) for field in fields[2:])
        figures: dict[str, float] = {}
        parts = []
        if used is not None:
            figures["used_ratio"] = used / 100
            parts.append(f"{used:.0f} % busy")
        if memory is not None and whole:
            figures["memory_ratio"] = memory / whole
            parts.append(f"{memory:,.0f} of {whole:,.0f} MiB")
        if heat is not None:
            figures["temperature_c"] = heat
            parts.append(f"{heat:.0f} °C")
        if power is not None:
            figures["power_w"] = power
            parts.append(f"{power:.0f} W")
        level = Level.WARNING if heat is not None and heat >= _HOT_C else Level.OK
        name = f"{fields[0]} {fields[1]}"
        found.append(Reading(name, ", ".join(parts) or "tells nothing", level, figures))
    if not found and output.strip():
        complaint = text_of(output).strip().splitlines()[0]
        found.append(Reading("not known", complaint, Level.UNKNOWN))
    return tuple(found)


def read_temperatures(output: bytes) -> tuple[Reading, ...]:
    """From lines `NAME<tab>NOW<tab>MOST<tab>CRITICAL` in thousandths of a degree; hottest first.

    Source: the kernel's hwmon sysfs interface. A sensor that is not connected says something
    below -40 or above 150: it is left out.
    """
    found = []
    for row in text_of(output).splitlines()[:MOST_READINGS]:
        name, *said = row.split("\t")
        values = [_number(text) for text in said]
        if len(values) != 3 or values[0] is None:
            continue
        now, most, critical = (None if v is None else v / 1000 for v in values)
        if now is None or not -40 < now < 150:
            continue
        level = Level.OK
        if (most and now >= most > 0) or (not most and not critical and now >= _HOT_C):
            level = Level.WARNING
        if critical and now >= critical > 0:
            level = Level.CRITICAL
        limit = f" of {critical:.0f}" if critical and critical > 0 else ""
        found.append(Reading(name, f"{now:.0f}{limit} °C", level, {"temperature_c": now}))
    return tuple(sorted(found, key=lambda r: -r.figures["temperature_c"]))


def read_updates(output: bytes) -> tuple[Reading, ...]:
    """How many packages are older than the host's own lists say, and how many for security."""
    parts = sections_of(output)
    if "apt" in parts:
        rows = [found for row in parts["apt"].splitlines() if (found := _INSTALLED.match(row))]
        security = {row[1] for row in rows if "security" in row[3].lower()}
        return (_updates([row[1] for row in rows], len(security)),)
    for tool in ("dnf", "yum"):
        if tool in parts:
            rows_of = parts[tool].partition("Obsoleting Packages")[0].splitlines()
            names = [row.split()[0] for row in rows_of if len(row.split()) == 3]
            urgent = parts.get("security", "").splitlines()
            return (_updates(names, sum(len(row.split()) == 3 for row in urgent)),)
    if "apk" in parts:
        names = [row.split()[0] for row in parts["apk"].splitlines() if " < " in row]
        return (_updates(names, None),)
    return ()


def _updates(names: list[str], security: int | None) -> Reading:
    figures = {"updates": float(len(names))}
    if security is not None:
        figures["security_updates"] = float(security)
    if not names:
        return Reading("packages", "up to date", figures=figures)
    urgent = f", {security} for security" if security else ""
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    level = Level.WARNING if security else Level.OK
    return Reading("packages", f"{len(names)} pending{urgent}: {shown}", level, figures)


def _number(text: str) -> float | None:
    found = _NUMBER.fullmatch(text)
    return float(found[1]) if found else None
