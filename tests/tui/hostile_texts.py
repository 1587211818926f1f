"""Thirty texts that want to act, hide, reorder, crash or flood; and a world full of them."""

from __future__ import annotations

from dataclasses import replace

from sample_world import world

from devops_tui.domain.errors import Mistake
from devops_tui.domain.ids import CardId, HostName
from devops_tui.domain.view import Overview

HOSTILE: tuple[str, ...] = (
    "[@click=app.quit]x[/]",
    "[@click=app.bell]x[/]",
    "oops [/]",
    "[/b] [red",
    "[bold red]red[/bold red]",
    "[link=https://evil.example]x[/link]",
    "\\[@click=app.quit]x[/]",
    "\x1b]52;c;cHduZWQ=\x07",
    "\x1b]0;HACKED\x07",
    "\x1b]8;;https://evil.example\x1b\\L\x1b]8;;\x1b\\",
    "\x1b[5;5HFORGED",
    "\x1b[2J\x1b[H",
    "\x1b[31mred\x1b[0m",
    "\x1b[?1049l",
    "\x1bc",
    "\x1bP+q544e\x1b\\",
    "\x9b31m c1",
    "\x9d0;c1 title\x9c",
    "nul\x00nul",
    "bell\x07",
    "back\x08\x08\x08space",
    "carriage\rreturn",
    "line\nbreak\n\nbreak",
    "tab\tulator\vform\f",
    "del\x7f",
    "\u202egnp.exe\u202c",
    "\u2066isolated\u2069",
    "zero\u200bwidth\u200d\ufeff",
    "e" + "\u0301" * 500,
    "\U000e0041\U000e0042 tags",
    "\ud800 lone surrogate",
    "wide 漢字 🏳️‍🌈 \uff26\uff35",
    "M" * 1_000_000,
)

PLANTED = (
    b"\x1b]52;c;cHduZWQ=", b"\x1b]0;HACKED", b"https://evil.example\x1b", b"\x1b[5;5HFORGED",
    b"\x1bP+q544e", b"\x1bc", b"\xc2\x9b31m", b"\xc2\x9d0;", b"\x08\x08\x08", b"bell\x07",
)  # fmt: skip
"""Bytes that must never be written to the terminal; checked in a real pseudo-terminal."""


def hostile_world(texts: tuple[str, ...] = HOSTILE) -> Overview:
    """Every text in every place that holds text from outside."""
    calm = world()
    cards = tuple(
        replace(
            calm.cards[i % len(calm.cards)],
            id=CardId(f"SHOP-{i}"),
            title=text,
            assignee=text,
            labels=(text,),
            blocked=text if i % 2 else "",
        )
        for i, text in enumerate(texts)
    )
    frames = {
        f"{i}{text[:60]}": replace(
            next(iter(calm.frames.values())), host=HostName(f"{i}{text[:60]}"), why=text
        )
        for i, text in enumerate(texts)
    }
    runs = []
    for i, text in enumerate(texts):
        view = calm.runs[i % len(calm.runs)]
        commit = view.run.plan.commit
        assert commit is not None
        bad = replace(commit, subject=text, author=text, id=(text + "0" * 40)[:40])
        source = view.run.plan.source
        assert source is not None
        plan = replace(
            view.run.plan, commit=bad, pipeline=f"p{i}{text[:30]}",
            source=replace(source, branch=text, git=text),
        )  # fmt: skip
        jobs = {k: replace(j, why=text) for k, j in view.jobs.items()}
        run = replace(view.run, plan=plan, why=text, why_waiting=text, commits=(bad, bad))
        runs.append(replace(view, run=run, jobs=jobs))
    incidents = tuple(
        replace(
            calm.incidents[0], title=text, host=text, why=text,
            causes=(replace(calm.incidents[0].causes[0], text=text, why=(text,)),),
        )
        for text in texts
    )  # fmt: skip
    services = {
        name: replace(
            status,
            servers=tuple(replace(s, version=texts[0], why=texts[7]) for s in status.servers),
            versions={"blue": texts[8], "green": texts[9]},
            balancers=tuple(replace(b, why=texts[10]) for b in status.balancers),
        )
        for name, status in calm.services.items()
    }
    mistakes = tuple(Mistake(text[:80], 1, 1, text, text) for text in texts[:12])
    return replace(
        calm, cards=cards, frames=frames, runs=tuple(runs), incidents=incidents,
        services=services, mistakes=mistakes,
    )  # fmt: skip
