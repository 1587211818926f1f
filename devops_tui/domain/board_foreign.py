"""Boards of other tools: Trello's export, and GitHub issues as `gh` or the REST API write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from devops_tui.domain.board_file import FiledCard
from devops_tui.domain.event import Json

_COLUMNS = {
    "backlog": "Backlog", "ideas": "Backlog",
    "to do": "Planned", "todo": "Planned", "planned": "Planned", "next": "Planned",
    "ready": "Planned", "doing": "InWork", "in progress": "InWork", "inwork": "InWork",
    "in work": "InWork", "done": "Done", "closed": "Done",
}  # fmt: skip
"""Names of lists that are known; any other list is the Backlog, with its name as a label."""


def from_trello(board: Mapping[str, Json]) -> list[FiledCard]:
    """The open cards of a board, list by list."""
    lists = {item["id"]: str(item.get("name", "")) for item in board["lists"]}
    members = {m["id"]: str(m.get("username", "")) for m in board.get("members", ())}
    checklists: dict[str, list[Mapping[str, Json]]] = {}
    for checklist in board.get("checklists", ()):
        checklists.setdefault(checklist.get("idCard", ""), []).append(checklist)
    places = {name: place for place, name in enumerate(lists)}
    cards = [c for c in board["cards"] if not c.get("closed")]
    cards.sort(key=lambda c: (places.get(c.get("idList"), len(places)), c.get("pos", 0)))
    found = []
    for card in cards:
        list_name = lists.get(card.get("idList"), "")
        column = _COLUMNS.get(list_name.strip().lower())
        labels = [str(la.get("name") or la.get("color") or "") for la in card.get("labels", ())]
        found.append(
            FiledCard(
                "",
                {
                    "title": str(card.get("name", "")),
                    "column": column or "Backlog",
                    "text": str(card.get("desc", "")),
                    "labels": _words([*labels, *([] if column else [list_name])]),
                    "assignees": _words(members.get(m, "") for m in card.get("idMembers", ())),
                    "due": str(card.get("due") or "")[:10],
                    "checklist": _trello_items(checklists.get(card.get("id", ""), ())),
                },
                origin=f"trello:{card['id']}",
            )
        )
    return found


def _trello_items(checklists: Sequence[Mapping[str, Json]]) -> tuple[str, ...]:
    items = [item for checklist in checklists for item in checklist.get("checkItems", ())]
    return tuple(
        ("x " if i.get("state") == "complete" else "- ") + " ".join(str(i.get("name", "")).split())
        for i in items
    )


def from_github(issues: Sequence[Mapping[str, Json]]) -> list[FiledCard]:
    """Issues; a closed one is Done, pull requests are left out."""
    found = []
    for issue in issues:
        if "pull_request" in issue:
            continue
        labels = _words(
            str(la.get("name", "")) if isinstance(la, dict) else str(la)
            for la in issue.get("labels", ())
        )
        url = str(issue.get("html_url") or issue.get("url") or "")
        is_closed = str(issue.get("state", "open")).lower() == "closed"
        kind = "bug" if "bug" in labels else "feature" if "enhancement" in labels else "request"
        found.append(
            FiledCard(
                "",
                {
                    "title": str(issue["title"]),
                    "column": "Done" if is_closed else "Backlog",
                    "kind": kind,
                    "text": str(issue.get("body") or ""),
                    "labels": labels,
                    "assignees": _words(
                        str(a.get("login", "")) for a in issue.get("assignees") or ()
                    ),
                },
                origin=f"github:{url or issue.get('number', '')}",
            )
        )
    return found


def _words(found: Iterable[str]) -> tuple[str, ...]:
    cleaned = (" ".join(word.replace(",", " ").split()) for word in found)
    return tuple(dict.fromkeys(word for word in cleaned if word))
