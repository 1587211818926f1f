"""What readers of monitoring systems share: what such a system says of its own work."""

from __future__ import annotations

from devops_tui.domain.tool import Finding, Level, ToolSettings

ALIVE = "alive"
"""What the check of a host itself is called."""


def itself(settings: ToolSettings, why_not: str, well: str) -> Finding:
    """The monitor's own standing: well only where it says that it is checking.

    Args:
        settings: Whose name it bears.
        why_not: Why what it says is not known to hold; empty where it does.
        well: What it watches.
    """
    if why_not:
        return Finding("itself", Level.UNKNOWN, settings.name, why_not)
    return Finding("itself", Level.OK, settings.name, f"it is checking {well}")


def counted(many: int, one: str) -> str:
    """As "1 host" or "12 hosts"."""
    return f"{many:,} {one}{'' if many == 1 else 's'}"
