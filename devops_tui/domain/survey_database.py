"""Reads what PostgreSQL and Redis say of themselves; an answer that is none is critical."""

from __future__ import annotations

from devops_tui.domain.survey import Level, Reading
from devops_tui.domain.survey_read import text_of

_FULL, _NEARLY_FULL = 0.95, 0.8
_LAG_S, _LONG_LAG_S = 30.0, 300.0
_OLD_TRANSACTION_S = 3600.0
_MEMORY_RATIO = 0.9


def read_postgres(name: str, exit_code: int, output: bytes) -> tuple[Reading, ...]:
    """From lines `NAME<tab>VALUE` that psql printed; else why there are none."""
    told = dict(
        row.split("\t", 1) for row in text_of(output).splitlines()[:50] if row.count("\t") == 1
    )
    if exit_code or "connections" not in told:
        return (_away(name, output, "psql gave no answer"),)
    figures = {key: value for key, text in told.items() if (value := _number(text)) is not None}
    level = Level.OK
    used = figures.get("connections", 0.0) / max(1.0, figures.get("most_connections", 1.0))
    figures["connections_ratio"] = used
    parts = [f"{figures.get('connections', 0):.0f} connections, {used:.0%}"]
    level = _worse(level, used, _NEARLY_FULL, _FULL)
    role = "standby" if told.get("standby") == "t" else "primary"
    if role == "standby" and "lag_s" in figures:
        parts.append(f"{figures['lag_s']:.0f} s behind")
        level = _worse(level, figures["lag_s"], _LAG_S, _LONG_LAG_S)
    if "oldest_transaction_s" in figures:
        parts.append(f"oldest transaction {figures['oldest_transaction_s']:.0f} s")
        level = _worse(level, figures["oldest_transaction_s"], _OLD_TRANSACTION_S, None)
    if "cache_ratio" in figures:
        parts.append(f"cache {figures['cache_ratio']:.0%}")
    return (Reading(name, f"{role} {told.get('version', '')}, {', '.join(parts)}", level, figures),)


def read_redis(name: str, exit_code: int, output: bytes) -> tuple[Reading, ...]:
    """From the lines of INFO; else why there are none.

    Source: the documentation of Redis, command INFO.
    """
    told = dict(
        row.split(":", 1) for row in text_of(output).splitlines()[:500] if row.count(":") >= 1
    )
    if exit_code or "redis_version" not in told:
        return (_away(name, output, "redis gave no answer"),)
    figures: dict[str, float] = {}
    for key, unit in (
        ("connected_clients", "clients"),
        ("used_memory", "memory_bytes"),
        ("maxmemory", "most_memory_bytes"),
        ("evicted_keys", "evicted_keys"),
        ("rejected_connections", "rejected_connections"),
        ("master_last_io_seconds_ago", "lag_s"),
    ):
        value = _number(told.get(key, ""))
        if value is not None and value >= 0:
            figures[unit] = value
    level = Level.OK
    role = told.get("role", "").strip()
    parts = [f"{figures.get('clients', 0):.0f} clients"]
    most, used = figures.get("most_memory_bytes", 0.0), figures.get("memory_bytes", 0.0)
    parts.append(f"{used / 1048576:,.0f} MiB")
    if most:
        figures["memory_ratio"] = used / most
        parts[-1] += f" of {most / 1048576:,.0f}"
        level = _worse(level, used / most, _MEMORY_RATIO, None)
    if told.get("master_link_status", "up").strip() != "up":
        parts.append("the link to its primary is down")
        level = Level.CRITICAL
    if told.get("rdb_last_bgsave_status", "ok").strip() != "ok":
        parts.append("the last save failed")
        level = Level.CRITICAL
    version = told["redis_version"].strip()
    return (Reading(name, f"{role} {version}, {', '.join(parts)}", level, figures),)


def _away(name: str, output: bytes, otherwise: str) -> Reading:
    said = next((row for row in text_of(output).splitlines() if row.strip()), otherwise)
    return Reading(name, said.strip(), Level.CRITICAL)


def _worse(level: Level, value: float, warning: float, critical: float | None) -> Level:
    if critical is not None and value >= critical:
        return Level.CRITICAL
    if value >= warning and level is Level.OK:
        return Level.WARNING
    return level


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if abs(found) < 1e18 else None
