"""A field of one line that takes all of what is pasted."""

from __future__ import annotations

from textual import events
from textual.widgets import Input


class OneLine(Input):
    """Joins the lines of a paste; Textual takes the first one and drops the rest unsaid.

    What is longer than the field may be is cut at its limit.
    """

    def on_paste(self, event: events.Paste) -> None:
        """Puts it where the cursor stands, or in place of what is selected."""
        event.prevent_default()
        event.stop()
        text = " ".join(event.text.split())
        start, end = sorted(self.selection)
        if self.max_length:
            text = text[: max(0, self.max_length - len(self.value) + end - start)]
        if text:
            self.replace(text, start, end)
