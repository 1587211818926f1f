"""Files cards that begin as a template says."""

from __future__ import annotations

from collections.abc import Sequence

from devops_tui.domain.board import Card
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.card_template import CardTemplate
from devops_tui.domain.errors import NotFound
from devops_tui.services.boards import Boards


def add_from(
    boards: Boards,
    templates: Sequence[CardTemplate],
    name: str,
    actor: str,
    title: str = "",
    text: str = "",
) -> Card:
    """Files a card in the Backlog; `text` stands in the place of the template's.

    Raises:
        NotFound: There is no such template.
        Refused: Neither it nor the operator gives a title.
    """
    found = next((t for t in templates if t.name == name), None)
    if found is None:
        known = ", ".join(t.name for t in templates)
        hint = f"There are: {known}." if known else "Write some as `templates:` below `board:`."
        raise NotFound(f"no template {name}", hint)
    space = " " if found.title and title else ""
    edit = CardEdit(
        labels=", ".join(found.labels),
        priority=found.priority,
        estimate="" if found.estimate is None else repr(found.estimate),
        service=found.service,
        checklist="\n".join(found.checklist),
    )
    whole = f"{found.title}{space}{title}"
    return boards.add(whole, actor, found.kind, text=text or found.text, edit=edit)
