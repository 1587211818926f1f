"""What differs between two runs: commits, configuration, files, and what else the plans say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from devops_tui.domain.codec import encode, essence
from devops_tui.domain.event import Json
from devops_tui.domain.ids import RunId
from devops_tui.domain.pipeline import Artifact, Commit, Job, Plan, Run

_APART = frozenset({"pipeline", "stages", "commit"})
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One value of a plan.

    Attributes:
        key: Where it stands: "test/unit: script", "branch", "stages".
        before, now: As JSON; None where there was nothing.
    """

    key: str
    before: Json
    now: Json


@dataclass(frozen=True, slots=True)
class FileChange:
    """One built file; a digest is empty where there was none of that name."""

    name: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What one run has that another had not; all text is untrusted.

    Attributes:
        before, now: The runs; `before` is empty when there is nothing to compare with.
        since: Why it was compared with that one, in words.
        commits: Those that only `now` has, newest first.
        taken_back: Those that only `before` has: it went back, or to another branch.
        is_whole: False when the runs between do not tell all of the commits.
        settings: Of the configuration of the stages.
        facts: Everything else of the plans: branch, tag, parameters, inputs, source.
        files: Those whose digests differ, in the order of their names.
        same_files: How many are the same.
    """

    before: str
    now: RunId
    since: str = ""
    before_commit: Commit | None = None
    now_commit: Commit | None = None
    commits: tuple[Commit, ...] = ()
    taken_back: tuple[Commit, ...] = ()
    is_whole: bool = True
    settings: tuple[KeyChange, ...] = ()
    facts: tuple[KeyChange, ...] = ()
    files: tuple[FileChange, ...] = ()
    same_files: int = 0

    @property
    def authors(self) -> tuple[str, ...]:
        """Who wrote the commits, each once."""
        return tuple(dict.fromkeys(c.author for c in self.commits if c.author))


def settings_changed(before: Plan, now: Plan) -> tuple[KeyChange, ...]:
    """What differs between the stages of two plans, job by job."""
    old, new = _jobs(before), _jobs(now)
    found = list(_difference({"stages": _order(before)}, {"stages": _order(now)}))
    for name in dict.fromkeys([*new, *old]):
        # What a job of both says by default is told where the other says something else;
        # of a job that is new or gone only what it says at all.
        whole = encode if name in old and name in new else essence
        pair = [_values(name, jobs.get(name), whole) for jobs in (old, new)]
        found += _difference(*pair)
    return tuple(found)


def facts_changed(before: Plan, now: Plan) -> tuple[KeyChange, ...]:
    """What differs between two plans beside their stages and commits."""
    return _difference(_facts(before), _facts(now))


def files_changed(
    before: Sequence[Artifact], now: Sequence[Artifact]
) -> tuple[tuple[FileChange, ...], int]:
    """The files that differ, and how many are the same."""
    old = {artifact.name: artifact.digest for artifact in before}
    new = {artifact.name: artifact.digest for artifact in now}
    changed = [
        FileChange(name, old.get(name, ""), new.get(name, ""))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    return tuple(changed), sum(old.get(name) == digest for name, digest in new.items())


def commits_between(
    before: Run, now: Run, runs: Sequence[Run]
) -> tuple[tuple[Commit, ...], tuple[Commit, ...], bool]:
    """The commits that only `now` has, those that only `before` has, and whether that is all.

    Each run knows the commits since the success before it, so the runs of a pipeline tell
    its history: that of a run are its own commits, then those of the success that they
    begin after. Where the two histories do not meet, what is known of `now` is told.

    Args:
        before: The run that is compared with.
        now: The run that is asked about.
        runs: Of the pipeline, newest first.
    """
    if before.plan.commit == now.plan.commit or before.plan.commit is None:
        return (), (), True
    ahead = _history(now, runs)
    behind = _history(before, runs)
    is_met = bool(ahead.keys() & behind.keys())
    if not is_met:
        return tuple(now.commits), (), False
    return (
        tuple(c for i, c in ahead.items() if i not in behind),
        tuple(c for i, c in behind.items() if i not in ahead),
        True,
    )


def _history(of: Run, runs: Sequence[Run]) -> Mapping[str, Commit]:
    """The commits of a run and of the earlier ones of its branch, newest first."""
    earlier = [r for r in runs if r.number < of.number]
    # The first run of a branch tells its commits since the last success of any.
    line = [r for r in earlier if r.plan.branch == of.plan.branch] or earlier
    own = [c for run in (of, *line) for c in run.commits]
    limit = of.plan.commit.at if of.plan.commit is not None else None
    known = {c.id: c for c in own if limit is None or c.at is None or c.at <= limit}
    if of.plan.commit is not None:
        known.setdefault(of.plan.commit.id, of.plan.commit)
    ordered = sorted(known.values(), key=lambda c: c.at or _EARLIEST, reverse=True)
    return {commit.id: commit for commit in ordered}


def _order(plan: Plan) -> str:
    return ", ".join(stage.name for stage in plan.stages)


def _jobs(plan: Plan) -> dict[str, Job]:
    return {f"{stage.name}/{job.name}": job for stage in plan.stages for job in stage.jobs}


def _values(name: str, job: Job | None, whole: Callable[[object], Json]) -> dict[str, Json]:
    if job is None:
        return {}
    return {
        f"{name}: {key.removeprefix('work.')}": value
        for key, value in _flat(whole(job))
        if key != "name" and value not in (None, [], {})
    }


def _facts(plan: Plan) -> dict[str, Json]:
    made = essence(plan)
    flat: dict[str, Json] = {}
    for field in fields(plan):
        if field.name not in _APART and field.name in made:
            flat |= dict(_flat(made[field.name], field.name))
    return flat


def _flat(value: Json, at: str = "") -> Iterator[tuple[str, Json]]:
    """The values of nested JSON with their paths; a list of plain values is one value."""
    if isinstance(value, dict):
        named = "name" in value and at.endswith("]")
        for key, inner in value.items():
            if key != "is" and not (named and key == "name"):
                yield from _flat(inner, f"{at}.{key}" if at else key)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            name = _name_of(item, index)
            yield from _flat(item, f"{at}[{name}]")
    else:
        yield at, value


def _name_of(item: Json, index: int) -> str:
    if isinstance(item, dict):
        for key in ("name", "pipeline", "artifact"):
            if isinstance(item.get(key), str):
                return str(item[key])
    return str(index + 1)


def _difference(before: Mapping[str, Json], now: Mapping[str, Json]) -> tuple[KeyChange, ...]:
    keys = dict.fromkeys([*now, *before])
    return tuple(
        KeyChange(key, before.get(key), now.get(key))
        for key in keys
        if before.get(key) != now.get(key)
    )
