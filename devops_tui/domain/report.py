"""What test and load tools report of a job: results of test cases, figures under load.

All names and messages come from the tools' files and are untrusted text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from devops_tui.domain.event import Json


class Outcome(StrEnum):
    """How one test case ended; an error counts as failed."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class LoadFormat(StrEnum):
    """The load tools whose results are read."""

    JTL = "jtl"  # JMeter, CSV or XML
    K6 = "k6"  # the JSON of --summary-export or of handleSummary
    HEY = "hey"  # what it prints
    WRK = "wrk"  # what it prints, with --latency


@dataclass(frozen=True, slots=True)
class Case:
    """One test case of a report.

    Attributes:
        id: The suites where they are nested, the class and the name; stays the same from
            run to run.
        duration_s: None when the report does not say.
        message: Why it failed; several lines.
        is_flaky: It failed and passed, both on the same commit.
    """

    id: str
    outcome: Outcome
    duration_s: float | None = None
    message: str = ""
    is_flaky: bool = False


@dataclass(frozen=True, slots=True)
class CaseReport:
    """The test cases of one job, from all of its files.

    Attributes:
        files: Files that were read, those with flaws included.
        duration_s: Sum over the cases, so more than the time it took where they ran side
            by side.
        failures: The first ones in the order of the files, with their messages.
        slowest: The slowest first.
        flaky: Ids of the first ones.
        flaws: What could not be read, each as `file:line: what`.
        failed_marks, passed_marks: Marks of the cases that ended so, for a comparison
            with other runs of the same commit; see services.flaky.
    """

    files: int = 0
    total: int = 0
    failed: int = 0
    skipped: int = 0
    duration_s: float = 0.0
    failures: tuple[Case, ...] = ()
    slowest: tuple[Case, ...] = ()
    flaky_total: int = 0
    flaky: tuple[str, ...] = ()
    flaws: tuple[str, ...] = ()
    failed_marks: str = ""
    passed_marks: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Load over time, in intervals of equal width without gaps; all tuples are equally long.

    Attributes:
        mean_ms, p95_ms, p99_ms: Of the answers in the interval; 0 where there were none.
    """

    width_s: float
    requests: tuple[int, ...]
    errors: tuple[int, ...]
    mean_ms: tuple[float, ...]
    p95_ms: tuple[float, ...]
    p99_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What one load tool measured.

    Attributes:
        tool: "jtl", "k6", "hey", "wrk", or "start" for the load step of a pipeline.
        figures: tps (answers without error a second), mean_ms, p50_ms, p95_ms, p99_ms,
            max_ms, requests, errors, error_ratio; a figure that the tool does not give is
            not there.
        series: None when the tool tells totals only.
    """

    tool: str
    figures: Mapping[str, Json] = field(default_factory=dict)
    series: Series | None = None


class Judgement(StrEnum):
    """What a comparison says of one figure."""

    FINE = "fine"  # within what is allowed, noise included
    UNSURE = "unsure"  # the noise is too large to tell
    WORSE = "worse"  # beyond what is allowed, noise included


@dataclass(frozen=True, slots=True)
class Change:
    """How one figure differs from the last accepted release.

    Attributes:
        figure: "tps", "mean_ms", "p95_ms", "p99_ms" or "error_ratio".
        worse_by: A ratio of what was, or, for error_ratio, a difference; negative when it
            became better.
        low, high: The interval that holds the true change with 95 % confidence; None when
            the noise is unknown.
        allowed: The largest change that is accepted.
    """

    figure: str
    before: float
    now: float
    worse_by: float
    allowed: float
    judgement: Judgement
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Load figures beside those of the last accepted release.

    Attributes:
        run_id: The release that it is compared with; empty when there is none.
        basis: How the noise was estimated, in words.
    """

    run_id: str = ""
    basis: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def judgement(self) -> Judgement:
        """The worst of its changes."""
        found = {change.judgement for change in self.changes}
        for judgement in (Judgement.WORSE, Judgement.UNSURE):
            if judgement in found:
                return judgement
        return Judgement.FINE


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was reported of a job."""

    cases: CaseReport | None = None
    load: LoadReport | None = None
    comparison: Comparison | None = None
