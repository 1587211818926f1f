"""The hand-over note and the draft of a post-mortem: to a new file, and to the clipboard."""

from __future__ import annotations

import asyncio
import os
from datetime import datetime
from pathlib import Path

from devops_tui.domain.ids import IncidentId
from devops_tui.presentation.line import line
from devops_tui.tui.asking import Asking
from devops_tui.tui.notices import tell

SHIFT_HOURS = 12.0
_TRIES = 50


class HandOverActs(Asking):
    """Acts that change nothing but write a file of the operator's."""

    async def _hand_over(self, _: str) -> None:
        from devops_tui.presentation.handover import hand_over_note

        note = await self._house.bridge.ask(lambda f: f.hand_over(SHIFT_HOURS))
        await self._keep("handover", note.at, hand_over_note(note))

    async def _post_mortem(self, incident_id: str) -> None:
        from devops_tui.presentation.handover import post_mortem_draft

        wanted = IncidentId(incident_id)
        facts = await self._house.bridge.ask(lambda f: f.post_mortem(wanted))
        await self._keep(f"post-mortem-{facts.incident.id}", facts.at, post_mortem_draft(facts))

    async def _keep(self, name: str, at: datetime, text: str) -> None:
        self._house.copy_to_clipboard(text)
        try:
            path = await asyncio.to_thread(write_new, Path.cwd(), f"{name}-{at:%Y%m%d-%H%M}", text)
        except OSError as error:
            told = f"copied; it cannot be written to {Path.cwd()}: {error.strerror}"
            tell(self._house, line(told), "warning")
        else:
            tell(self._house, line("copied, and written to ", (str(path), "accent")))


def write_new(folder: Path, name: str, text: str) -> Path:
    """Writes a Markdown file of the operator's alone, under a name that was free.

    Raises:
        OSError: It cannot be written; nothing is left of it.
    """
    for number in range(1, _TRIES + 1):
        path = folder / (f"{name}.md" if number == 1 else f"{name}-{number}.md")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path
    raise FileExistsError(17, "too many notes of this minute lie there", str(folder))
