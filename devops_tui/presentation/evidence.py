"""What an approval is decided on: commits, artifacts, figures, versions, a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from devops_tui.domain.event import Json
from devops_tui.presentation import units
from devops_tui.presentation.line import Line, line

_COMMITS = 6
_DIGEST = 19  # "sha256:" and twelve digits: enough to compare by eye


def evidence_lines(name: str, value: Json) -> list[Line] | None:
    """The lines of one part of a gate's evidence; None for a part of unknown shape."""
    draw = _PARTS.get(name)
    if draw is None:
        return None
    try:
        return list(draw(value))
    except (AttributeError, KeyError, TypeError):
        return None  # written by another version: shown as it is


def _commits(value: Json) -> Iterator[Line]:
    for commit in value[:_COMMITS]:
        yield line(
            (str(commit["id"])[:7], "accent"),
            (f" {commit['author']} ", "muted"),
            str(commit["subject"]),
        )
    if len(value) > _COMMITS:
        yield line((f"+{len(value) - _COMMITS} more", "muted"))


def _artifacts(value: Json) -> Iterator[Line]:
    for artifact in value:
        yield line(
            str(artifact["name"]),
            (f"  {units.size(artifact['size_bytes'])}", "muted"),
            (f"  {str(artifact['digest'])[:_DIGEST]}", "muted"),
        )


def _versions(value: Json) -> Iterator[Line]:
    for service, status in value.items():
        versions = status.get("versions") or {}
        live = status.get("live")
        parts = []
        for colour in ("blue", "green"):
            does = "serves" if colour == live else "waits with" if colour in versions else "idle"
            parts.append(f"{colour} {does} {versions.get(colour, '')}".strip())
        yield line((f"{service}  ", "accent"), " · ".join(parts))


def _comparison(value: Json) -> Iterator[Line]:
    for change in value:
        yield line(str(change))


def _nothing(_: Json) -> Iterator[Line]:
    yield from ()


_PARTS: Mapping[str, Callable[[Json], Iterator[Line]]] = {
    "commit": _nothing,  # stands among the commits
    "commits": _commits,
    "artifacts": _artifacts,
    "versions": _versions,
    "comparison": _comparison,
}
