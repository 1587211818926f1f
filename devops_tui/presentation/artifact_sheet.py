"""The built files of a run or a service as a list, and everything of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from devops_tui.domain.artifact import Holding
from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.pipeline import JobRun
from devops_tui.domain.promotion import PromotionTarget, PromotionWay
from devops_tui.presentation import artifacts, cases, units
from devops_tui.presentation.layout import Field, Grid, Part, joined
from devops_tui.presentation.line import Line, line
from devops_tui.presentation.rows import Row, heading

_FIELDS = (
    Field("name", "Artifact", 16, keep=0, grows=True),
    Field("digest", "Digest", 12, keep=0),
    Field("size", "Size", 9, keep=2, align="right"),
    Field("where", "Where it is", 24, keep=1),
    Field("kept", "Kept", 8, keep=1),
    Field("built", "Built by", 16, keep=4),
    Field("age", "Age", 6, keep=3, align="right"),
)
_FLAKY_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ArtifactSheet:
    """What is shown of one file.

    Attributes:
        ways: Where it can go.
        jobs: Jobs of the run that built it which have a test report.
        history: Reports of its pipeline, newest first.
    """

    story: ArtifactStory
    ways: Sequence[PromotionWay] = ()
    jobs: Sequence[JobRun] = field(default_factory=tuple)
    history: Sequence[JobRun] = field(default_factory=tuple)


def list_rows(of: Sequence[ArtifactStory], now: datetime, cells: int) -> list[Row]:
    """A row for each file, keyed by its digest."""
    if not of:
        return []
    columns = Grid(_FIELDS, cells)
    return [heading(columns.heading())] + [
        Row(story.artifact.digest, columns.row(_cells(story, now))) for story in of
    ]


def _cells(story: ArtifactStory, now: datetime) -> dict[str, Part]:
    artifact = story.artifact
    return {
        "name": (artifact.name, "accent"),
        "digest": artifacts.short(artifact.digest),
        "size": (units.size(artifact.size_bytes), "muted"),
        "where": _where(story),
        "kept": _kept(story.holding),
        "built": (artifact.built_by, "muted"),
        "age": (units.age(artifact.stored_at, now), "muted"),
    }


def _where(story: ArtifactStory) -> Line:
    """Environments; a full dot where it serves, an empty one where it could be gone back to."""
    if not story.places:
        return line(("nowhere", "muted"))
    serving: dict[str, bool] = {}
    for place in story.places:
        serving[place.environment] = serving.get(place.environment, False) or place.is_live
    parts = [
        line((f"{'●' if is_live else '○'} ", "ok" if is_live else "muted"), name)
        for name, is_live in serving.items()
    ]
    return joined(parts, line("  "))


def _kept(holding: Holding) -> Line:
    if holding.pruned_at is not None:
        return line(("pruned", "warning"))
    return line(("pinned", "ok")) if holding.pinned_at is not None else line(("", "muted"))


def detail(sheet: ArtifactSheet, now: datetime) -> list[Row]:
    """Provenance, where it may go, and how its tests did."""
    lines = artifacts.story(sheet.story, now)
    lines += _ways(sheet)
    lines += _tests(sheet)
    return [Row(f"{number}", one) for number, one in enumerate(lines)]


def _ways(sheet: ArtifactSheet) -> list[Line]:
    lines = [line(), line(("can go to", "title"))]
    if not sheet.ways:
        name = sheet.story.artifact.name.rpartition("/")[2]
        lines.append(
            line((f"  nowhere: no pipeline deploys {name} from a run of another", "muted"))
        )
    for way in sheet.ways:
        mark = line(("✕ ", "failed")) if way.why_not else line(("● ", "ok"))
        said = line((way.why_not, "warning")) if way.why_not else _steps(way)
        head = line("  ", *mark, (way.environment, "title"), (f" by {way.pipeline}  ", "muted"))
        lines.append(head + said)
    return lines


def _steps(way: PromotionWay) -> Line:
    there = line(("serves there already; ", "muted")) if way.is_there else ()
    return line(
        *there, " → ".join(way.stages), ("  asks for approval" if way.asks else "", "waits")
    )


def _tests(sheet: ArtifactSheet) -> list[Line]:
    built = sheet.story.artifact.built_by
    lines = [line(), line(("tests of ", "title"), (built, "accent"))]
    if not sheet.jobs:
        lines.append(line(("  no test report", "muted")))
    for job in sheet.jobs:
        lines += cases.of_job(job, slowest=False)
        slow = cases.of_job(job, slowest=True)[1:]
        if slow:
            lines += [line(("  slowest", "muted")), *slow]
    if sheet.history:
        found = cases.flaky_of(sheet.history)
        lines += [line(), line(("flaky over the newest runs", "title"))]
        lines += cases.flaky(found[:_FLAKY_SHOWN], len(sheet.history))
    return lines


def promotion(of: ArtifactStory, way: PromotionWay) -> list[Line]:
    """What a promotion would do, exactly: which bytes, which stages, which hosts."""
    artifact = of.artifact
    lines = [
        line(("bytes ", "muted"), (artifact.digest, "accent")),
        line(
            (artifact.name, "accent"),
            (f" {units.size(artifact.size_bytes)}, built once by ", "muted"),
            artifact.built_by,
            (f" of {artifact.commit[:7]}" if artifact.commit else "", "muted"),
        ),
        line(("a new run of ", "muted"), way.pipeline, ": ", " → ".join(way.stages)),
        *(_target(target) for target in way.targets),
    ]
    if way.asks:
        lines.append(line(("its release waits for an approval before traffic moves", "waits")))
    if way.is_there:
        lines.append(line((f"these bytes serve {way.environment} already", "warning")))
    return lines


def _target(target: PromotionTarget) -> Line:
    colour = target.colour or "the colour that does not serve"
    return line(("  put on ", "muted"), ", ".join(target.hosts), f": {target.service} {colour}")
