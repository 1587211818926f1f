"""From a card to what it is linked to, and from that to its cards: one key each way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from devops_tui.domain.board import LinkKind
from devops_tui.domain.pipeline import Run
from devops_tui.domain.view import Overview
from devops_tui.presentation.line import line
from devops_tui.tui.notices import tell

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp

_VIEWS = {
    LinkKind.RUN.value: "pipelines",
    LinkKind.RELEASE.value: "releases",
    LinkKind.INCIDENT.value: "incidents",
    LinkKind.HOST.value: "fleet",
    "card": "board",
}


def open_link(house: DevopsApp, kind: str, name: str) -> None:
    """Opens what a link names; a commit is opened as the run that built it."""
    if kind == LinkKind.COMMIT.value:
        runs = house.overview.runs if house.overview else ()
        built = next((v.run.id for v in runs if _is_of(v.run, name)), None)
        if built is None:
            tell(house, line(f"no run of commit {name} is known here"))
            return
        kind, name = LinkKind.RUN.value, built
    house.open(_VIEWS[kind], name)


async def follow(house: DevopsApp, links: Sequence[tuple[str, str]], nothing: str) -> None:
    """Opens the only one, or asks which."""
    from devops_tui.tui.choosing import Choice

    if not links:
        tell(house, line(nothing))
        return
    if len(links) == 1:
        open_link(house, *links[0])
        return
    names = {f"{kind} {name}": (kind, name) for kind, name in links}
    chosen = await house.push_screen_wait(Choice(line("Open which?"), tuple(names)))
    if chosen is not None:
        open_link(house, *names[chosen])


def cards_of(overview: Overview | None, wanted: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The cards that are linked to one of these things, in either direction."""
    if overview is None:
        return []
    found: list[str] = []
    for kind, name in wanted:
        view = next((v for v in overview.runs if v.run.id == name), None) if kind == "run" else None
        found += view.run.cards if view is not None else ()
        found += [
            card.id
            for card in overview.cards
            if any(link.kind.value == kind and link.name == name for link in card.links)
            or (kind == "run" and name in card.runs)
        ]
    return [("card", name) for name in dict.fromkeys(found)]


def _is_of(run: Run, commit: str) -> bool:
    return bool(commit) and run.plan.commit is not None and run.plan.commit.id.startswith(commit)
