"""Promoting, pinning and fetching built files: shown exactly before it is done."""

from __future__ import annotations

import asyncio
from functools import partial

from devops_tui.domain.artifact_story import ArtifactStory
from devops_tui.domain.audit import Verb
from devops_tui.domain.promotion import PromotionWay
from devops_tui.presentation import units
from devops_tui.presentation.line import line
from devops_tui.tui.asking import Asking
from devops_tui.tui.notices import tell


class ArtifactActs(Asking):
    """The acts on built files; the subject is a digest."""

    async def _promote(self, digest: str) -> None:
        from devops_tui.presentation.artifact_sheet import promotion

        story = await self._story(digest)
        way = await self._chosen_way(story)
        if way is None:
            return
        environment, arming = way.environment, self._house.arming
        workspace = self._house.overview.workspace if self._house.overview else None
        place = workspace.environments.get(environment) if workspace is not None else None
        if not arming.is_armed(place):
            told = f"{environment} is look-only; w arms it for 15 minutes"
            tell(self._house, line(told), "warning")
            return
        answer = await self._ask_operator(
            title=line("Promote ", (story.artifact.name, "accent"), f" to {environment}"),
            said=promotion(story, way),
            verb=f"promote to {environment}",
            typed=environment if way.is_protected else "",
            asks_reason=True,
            needs_reason=way.is_protected,
        )
        if answer is not None:
            said = f"promotion of {story.artifact.name} to {environment}"
            await self._file(
                Verb.PROMOTE,
                story.artifact.digest,
                said,
                answer.why,
                {"to": environment, "pipeline": way.pipeline},
            )

    async def _chosen_way(self, story: ArtifactStory) -> PromotionWay | None:
        """The way that is meant: the only open one, or the one that is picked."""
        digest = story.artifact.digest
        ways = await self._house.bridge.ask(lambda f: f.promotion_ways(digest))
        if not ways:
            tell(self._house, line("no pipeline deploys it from a run of another"), "warning")
            return None
        may = {f"{way.environment} by {way.pipeline}": way for way in ways if not way.why_not}
        if not may:
            told = "; ".join(f"{way.environment}: {way.why_not}" for way in ways)
            tell(self._house, line(told), "warning")
            return None
        if len(may) == 1:
            return next(iter(may.values()))
        from devops_tui.tui.choosing import Choice

        title = line("Promote ", (story.artifact.name, "accent"), " to which environment?")
        picked = await self._house.push_screen_wait(Choice(title, tuple(may)))
        return may.get(picked or "")

    async def _pin(self, digest: str) -> None:
        story = await self._story(digest)
        is_pinned = story.holding.pinned_at is not None
        name = story.artifact.name
        word = "Unpin" if is_pinned else "Pin"
        held = story.holding
        answer = await self._ask_operator(
            title=line(f"{word} ", (name, "accent"), f" {digest[7:19]}"),
            said=[
                line(f"Pinned by {held.pinned_by}: ", held.pin_why)
                if is_pinned
                else line("Retention leaves it alone until it is unpinned."),
            ],
            verb=word.lower(),
            asks_reason=True,
            needs_reason=not is_pinned,
            is_careful=False,
        )
        if answer is None:
            return
        if is_pinned:
            await self._house.bridge.ask(lambda f: f.unpin(digest, answer.why))
        else:
            await self._house.bridge.ask(lambda f: f.pin(digest, answer.why))
        tell(self._house, line(f"{name} is {'not pinned any more' if is_pinned else 'pinned'}"))

    async def _fetch(self, digest: str) -> None:
        from devops_tui.tui.saving import SaveDialog

        story = await self._story(digest)
        copy = await self._house.bridge.ask(lambda f: f.artifact_copier(digest))
        name = story.artifact.name.rpartition("/")[2]
        path = await self._house.push_screen_wait(SaveDialog(name, f"Save {name} to"))
        if path is not None:
            size = await asyncio.to_thread(partial(copy, path))
            told = f"{name}: {units.size(size)}, {digest[:19]} verified, in {path}"
            tell(self._house, line(told))

    async def _story(self, digest: str) -> ArtifactStory:
        return await self._house.bridge.ask(lambda f: f.artifact_story(digest))
