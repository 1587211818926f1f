"""Buildbot: the last build of every builder that a master has.

Buildbot cannot be asked for the last build of each builder: the newest builds of all of them are
read, then those of the builders that were not among them. A builder of which nothing was found in
all of that is unknown, not well. What must log in stands behind a proxy that takes the login
as Basic; reading is open to everybody by Buildbot's default.

Source: Buildbot, "REST API" (filters, order, limit, field), data types build and builder,
"Build Result Codes".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Level, Reading, ToolSettings, reading
from devops_tui.integrations.tools.answers import JsonObject, entries, expecting, of_epoch, text
from devops_tui.integrations.tools.builds import Ended, Job, Running, last_build
from devops_tui.ports.tool import ToolWeb

A_PAGE = 5000
MOST_PAGES = 4
_BUILDERS_A_PAGE = 400
"""So many ids fit into the address of a request."""

_RESULTS = (
    (Level.OK, "succeeded"),
    (Level.WARNING, "ended with warnings"),
    (Level.CRITICAL, "failed"),
    (Level.OK, "skipped"),
    (Level.CRITICAL, "ended by an exception"),
    (Level.UNKNOWN, "lost its worker, and is to be built again"),
    (Level.WARNING, "cancelled"),
)

_FIELDS = ("buildid", "builderid", "number", "complete", "started_at", "complete_at", "results")


async def read(web: ToolWeb, settings: ToolSettings) -> Reading:
    """Four questions, and up to three more on a server where many builders rest; ToolSilent."""
    builders = await web.json(
        _path("builders", [("field", f) for f in ("builderid", "name", "masterids")])
    )
    running = await web.json(_builds(is_complete=False))
    with expecting("a Buildbot"):
        names = {_id(b["builderid"]): text(b["name"]) for b in _served(builders["builders"])}
        runs = {_id(b["builderid"]): b for b in _oldest_first(running["builds"])}
    ended, unsure = await _last_ended(web, names)
    version = await _version(web)
    with expecting("a Buildbot"):
        found = [
            _finding(settings, number, name, runs.get(number), ended.get(number), number in unsure)
            for number, name in names.items()
        ]
        return reading(version, found, settings)


async def _version(web: ToolWeb) -> str:
    """Empty before 4.0, which tells it first."""
    try:
        facts = await web.json("/config")
        with expecting("a Buildbot"):
            return next(text(number) for name, number in facts["versions"] if name == "Buildbot")
    except (ToolSilent, StopIteration):
        return ""


def _served(found: Any) -> Iterator[JsonObject]:
    """Builders of old configurations stay in the list, without a master."""
    return (each for each in entries(found) if each["masterids"])


async def _last_ended(
    web: ToolWeb, names: Mapping[int, str]
) -> tuple[dict[int, JsonObject], set[int]]:
    """The last build that ended of each builder, and of which builders that remains open."""
    ended: dict[int, JsonObject] = {}
    missing = set(names)
    asked: tuple[int, ...] = ()
    for page in range(MOST_PAGES):
        answer = await web.json(_builds(is_complete=True, of=asked))
        with expecting("a Buildbot"):
            builds = list(_oldest_first(answer["builds"]))
            ended = {_id(b["builderid"]): b for b in builds} | ended
        missing -= ended.keys()
        if len(builds) < A_PAGE:  # all that there is of those which were asked for
            missing -= set(asked) if page else missing
        if not missing:
            break
        asked = tuple(sorted(missing)[:_BUILDERS_A_PAGE])
    return ended, missing


def _finding(
    settings: ToolSettings,
    number: int,
    name: str,
    running: JsonObject | None,
    ended: JsonObject | None,
    is_unsure: bool,
) -> Finding:
    place = f"{settings.url}/#/builders/{number}"
    if running and ended and _id(running["buildid"]) < _id(ended["buildid"]):
        running = None  # overtaken, or left behind by a master that died
    if running is None and ended is None and is_unsure:
        said = "its last build is older than all that were read"
        return Finding(f"builder {number}", Level.UNKNOWN, name, said, url=place)
    return last_build(
        Job(f"builder {number}", name, place),
        _ended(ended) if ended else None,
        Running(f"#{text(running['number'])}", of_epoch(running.get("started_at")))
        if running
        else None,
    )


def _ended(build: JsonObject) -> Ended:
    result = build.get("results")
    is_known = isinstance(result, int) and 0 <= result < len(_RESULTS)
    unknown = (Level.UNKNOWN, f"ended as {text(result) or 'nothing'}")
    level, word = _RESULTS[result] if is_known and isinstance(result, int) else unknown
    return Ended(level, word, f"#{text(build['number'])}", of_epoch(build.get("complete_at")))


def _oldest_first(found: Any) -> list[JsonObject]:
    """So that of one builder the newest build remains."""
    return sorted(entries(found), key=lambda b: _id(b["buildid"]))


def _id(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError(type(value).__name__)
    return value


def _builds(*, is_complete: bool, of: Iterable[int] = ()) -> str:
    words = [("field", field) for field in _FIELDS]
    words += [("builderid", str(number)) for number in of]
    words += [("complete", str(is_complete).lower()), ("order", "-buildid")]
    return _path("builds", [*words, ("limit", str(A_PAGE))])


def _path(name: str, words: list[tuple[str, str]]) -> str:
    return f"/api/v2/{name}?{urlencode(words)}"
