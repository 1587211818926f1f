"""Built files in lines: where they come from, where they are, what retention does to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devops_tui.domain.artifact import Holding, Release, Whereabouts
from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.ids import Digest
from devops_tui.domain.pipeline import Artifact
from devops_tui.presentation import units
from devops_tui.presentation.layout import joined
from devops_tui.presentation.line import Line, cut, line, span

_LABEL = 10
_RELEASES = 8
_RUNS = 6
_IN_HEAD = 3


def short(digest: Digest) -> str:
    """Twelve digits: enough to compare by eye, and to say to a verb."""
    return digest.removeprefix("sha256:")[:12]


def row(artifact: Artifact, holding: Holding, now: datetime) -> Line:
    """A file in one line: name, digest, size, age, who built it."""
    return joined(
        [
            line((artifact.name, "accent")),
            line(short(artifact.digest)),
            line(units.size(artifact.size_bytes)),
            line((f"built by {artifact.built_by} {artifact.job_id}", "muted")),
            line((f"{units.age(artifact.stored_at, now)} ago", "muted")),
            *_decided(holding),
        ]
    )


def story(of: ArtifactStory, now: datetime) -> list[Line]:
    """Everything of a file."""
    artifact = of.artifact
    lines = [
        line((artifact.name, "title"), f"  {units.size(artifact.size_bytes)}"),
        _labelled("digest", line(artifact.digest)),
        _labelled("built by", _built(artifact)),
        _labelled("commit", line(artifact.commit[:12] or "none")),
        _labelled("plan", line(artifact.plan_hash[:12] or "unknown")),
        _labelled("worker", line(artifact.worker or "unknown")),
        _labelled("stored", line(f"{artifact.stored_at:%Y-%m-%d %H:%M:%S} UTC")),
        *_made_of(of),
    ]
    others = [run_id for run_id in of.runs if run_id != artifact.built_by]
    if others:
        more = f" and {len(others) - _RUNS} more" if len(others) > _RUNS else ""
        lines.append(_labelled("also in", line(", ".join(others[:_RUNS]) + more)))
    lines += [_labelled("kept", told) for told in _decided(of.holding)]
    lines += [_labelled("is in", _place(place)) for place in of.places]
    lines += [_labelled("released", _release(r, now)) for r in of.releases[:_RELEASES]]
    return lines


def head(of: Sequence[Artifact], width: int) -> list[Line]:
    """What a run has, in one line below its head; nothing when it has nothing."""
    if not of:
        return []
    parts: list[Line] = []
    for artifact in of[:_IN_HEAD]:
        taken = f" from {artifact.built_by}" if artifact.origin is not None else ""
        size = f" {units.size(artifact.size_bytes)}{taken}"
        name = artifact.name.rpartition("/")[2]
        parts.append(line((name, "accent"), f" {short(artifact.digest)}", (size, "muted")))
    if len(of) > _IN_HEAD:
        parts.append(line((f"and {len(of) - _IN_HEAD} more", "muted")))
    return [cut(line(("built ", "muted")) + joined(parts), width)]


def where(stories: Sequence[ArtifactStory], now: datetime) -> list[Line]:
    """What is where, a line for each place; then what was released and is there no more."""
    lines: list[Line] = []
    for of in stories:
        for place in of.places:
            name = span(f"{of.artifact.name} ", "accent")
            lines.append(line(name, f"{short(place.digest)}  ") + _place(place))
    for of in stories:
        standing = {place.environment for place in of.places}
        past = [r for r in of.releases if r.environment not in standing]
        for release in past[:1]:
            name = span(f"{of.artifact.name} ", "accent")
            lines.append(line(name, f"{short(release.digest)}  ") + _release(release, now))
    return lines


def _labelled(label: str, of: Line) -> Line:
    return line((f"  {label:<{_LABEL}}", "muted")) + of


def _built(artifact: Artifact) -> Line:
    attempt = f", attempt {artifact.attempt}" if artifact.attempt > 1 else ""
    return line((artifact.built_by, "accent"), f" {artifact.job_id}{attempt}")


def _made_of(of: ArtifactStory) -> list[Line]:
    known = {item.digest: item for item in of.inputs}
    lines = []
    for digest in of.artifact.inputs:
        item = known.get(digest)
        told = f"  {item.name} of {item.built_by}" if item else "  its run is gone"
        lines.append(_labelled("made of", line(short(digest), (told, "muted"))))
    return lines


def _decided(holding: Holding) -> list[Line]:
    lines: list[Line] = []
    if holding.pruned_at is not None:
        told = f"pruned on {holding.pruned_at:%Y-%m-%d} by retention: {holding.pruned_why}"
        lines.append(line((told, "warning")))
    if holding.pinned_at is not None:
        told = f"pinned by {holding.pinned_by} since {holding.pinned_at:%Y-%m-%d}: "
        lines.append(line((told, "ok"), holding.pin_why))
    return lines


def _place(place: Whereabouts) -> Line:
    does = span("serves", "ok") if place.is_live else span("is the way back", "muted")
    colour = span(place.colour, "green" if place.colour == "green" else "blue")
    hosts = ", ".join(place.hosts)
    return line(
        (place.environment, "title"),
        f"  {place.service} ",
        colour,
        " ",
        does,
        (f"  {place.version}  on {hosts}", "muted"),
    )


def _release(release: Release, now: datetime) -> Line:
    mark = span("● well ", "ok") if release.is_well else span("✕ not well ", "failed")
    return line(
        (release.environment or "an environment that is gone", "title"),
        "  ",
        mark,
        (f"by {release.run_id}, {units.age(release.at, now)} ago", "muted"),
        (f"  {release.why_not}" if release.why_not else "", "text"),
    )
