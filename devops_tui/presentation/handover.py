"""A hand-over note and the draft of a post-mortem as Markdown that cannot act.

Whatever people, hosts or logs wrote stands in code spans: there no renderer sees a link, an
image, a mention, HTML or a heading. The marks around are longer than any in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from devops_tui.domain.event import Event
from devops_tui.domain.handover import HandOver, Hypothesis, PostMortem
from devops_tui.domain.incident import Incident
from devops_tui.domain.notice import one_line

_TICKS = re.compile(r"`+")
_LONGEST = 200
_TOLD = 3  # causes of a problem


def code(text: str, limit: int = _LONGEST) -> str:
    """Untrusted text as a code span: one printable line in which nothing acts."""
    clean = one_line(text, limit)
    if not clean:
        return "`-`"
    marks = "`" * (1 + max((len(run) for run in _TICKS.findall(clean)), default=0))
    pad = " " if clean[0] == "`" or clean[-1] == "`" else ""
    return f"{marks}{pad}{clean}{pad}{marks}"


def hand_over_note(note: HandOver) -> str:
    """The whole note; ends with a line feed."""
    rows = [
        f"# Hand-over of {code(note.workspace)}",
        "",
        f"{_moment(note.since)} to {_moment(note.at)}, by {code(note.actor)}. All times are UTC.",
        *(["", f"On call: {code(note.on_call)}."] if note.on_call else []),
        "",
        "## Open problems",
        "",
        *_listed([line for each in note.open for line in _open(each, note.at)], "None."),
    ]
    for storm in note.storms:
        ids = ", ".join(code(member.id) for member in storm.members)
        rows += ["", f"**Storm** since {_moment(storm.began_at)}: {storm.told} ({ids})."]
    rows += [
        "",
        "## What to watch",
        "",
        *_listed([f"- {code(each)}" for each in note.watch], "Nothing is unsettled."),
        "",
        "## Hypotheses",
        "",
        *_listed(_hypotheses(note.hypotheses), "Nobody marked a cause."),
        "",
        "## What was done",
        "",
        *([f"{note.left_out} earlier ones are left out.", ""] if note.left_out else []),
        *_listed(_deeds(note.deeds), "Nothing."),
    ]
    return "\n".join(rows) + "\n"


def post_mortem_draft(facts: PostMortem) -> str:
    """The draft: what the store knows is filled in, what people have to say is asked for."""
    incident, known = facts.incident, facts.known
    end = incident.resolved_at
    length = (end or facts.at) - incident.opened_at
    minutes = f"{length.total_seconds() / 60:.0f} min"
    over = f"{_moment(end)}, after {minutes}" if end else f"not yet, for {minutes}"
    rows = [
        f"# Post-mortem of {code(incident.id)}: {code(incident.title)}",
        "",
        f"Draft of {_moment(facts.at)}, from the event log of {code(facts.workspace)}."
        " All times are UTC.",
        "",
        "## In short",
        "",
        f"- began: {_moment(incident.opened_at)}",
        f"- over: {over}",
        f"- seen: {incident.count} times in it, {known.seen} times before",
        f"- kind: {known.kind.value}, {code(known.why)}",
        f"- acknowledged by: {code(incident.acknowledged_by)}",
    ]
    for name, value in (
        ("run", incident.run_id),
        ("host", incident.host),
        ("card", incident.card_id),
        ("last success", known.last_success),
        ("storm", incident.storm),
        ("severity", known.said.severity),
        ("owner", known.said.owner),
    ):
        if value:
            rows.append(f"- {name}: {code(value)}")
    rows += ["", "## Who was hurt", "", "_To be written._", "", "## Cause", ""]
    causes = [f"- line {c.line}: {code(c.text)}" for c in incident.causes[:_TOLD]]
    rows += [*_listed(causes, "No line of a log stands out."), *_hypotheses(facts.hypotheses)]
    rows += ["", "## What changed before", ""]
    rows += _listed(
        [
            f"- {code(s.commit.short)} {code(s.commit.author)}: {code(s.commit.subject)}"
            + (f", touches {', '.join(map(code, s.files))}" if s.files else "")
            for s in known.suspects
        ],
        "No commit belongs to it.",
    )
    rows += [
        f"- {code(c.field)}: {code(c.now)}, in successes {', '.join(map(code, c.before))}"
        for c in known.contrasts
    ]
    rows += ["", "## Timeline", "", *_listed(_deeds(facts.deeds), "Nothing.")]
    rows += ["", "## Seen before", ""]
    rows += _listed(
        [
            f"- {code(p.id)}, {p.ended_at:%Y-%m-%d}, {p.minutes:.0f} min, {code(p.by)}: "
            f"{code(p.how)}"
            for p in known.past
        ],
        "Never.",
    )
    rows += ["", "## What we learned", "", "_To be written._", ""]
    rows += ["## What we do", "", "- [ ] _To be written._"]
    return "\n".join(rows) + "\n"


def _open(incident: Incident, now: datetime) -> list[str]:
    who = f"{code(incident.acknowledged_by)} has it" if incident.acknowledged_by else "nobody"
    where = incident.run_id or incident.host
    told = [f"- **{code(incident.id)}** {code(incident.title)}"]
    told.append(
        f"  - {incident.state.value} since {_moment(incident.opened_at)}, seen "
        f"{incident.count} times, {who}{f', {code(where)}' if where else ''}"
    )
    if incident.causes:
        told.append(f"  - most likely: {code(incident.causes[0].text)}")
    if incident.why:
        told.append(f"  - {code(incident.why)}")
    return told


def _hypotheses(found: Iterable[Hypothesis]) -> list[str]:
    return [
        f"- {code(h.text)} ({code(h.job)}), marked by {code(h.actor)} at {_moment(h.at)}"
        + (f": {code(h.why)}" if h.why else "")
        for h in found
    ]


def _deeds(events: Sequence[Event]) -> list[str]:
    return [
        f"- {_moment(e.at)} {code(e.actor)} {e.kind} {code(e.subject)}"
        + (f": {code(e.why)}" if e.why else "")
        for e in events
    ]


def _listed(rows: list[str], none: str) -> list[str]:
    return rows or [none]


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
