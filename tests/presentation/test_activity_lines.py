"""Events as sentences: the newest first, quiet ones left out, hostile ones harmless."""

from __future__ import annotations

from datetime import timedelta

from drawn import check, plain, roles
from hypothesis import given
from hypothesis import strategies as st
from overviews import HOSTILE, NOW, ago, json_values, texts, times, widths

from devops_tui.domain.event import KINDS, Event
from devops_tui.presentation.activity import activity

any_events = st.builds(
    Event,
    kind=st.one_of(st.sampled_from(sorted(KINDS)), texts),
    subject=texts,
    at=times,
    actor=texts,
    why=texts,
    data=st.dictionaries(
        st.sampled_from(["job", "state", "from", "to", "name", "digest", "is_healthy", "title"]),
        json_values,
    ),
    seq=st.integers(0, 99),
)


def event(seq: int, kind: str, subject: str, why: str = "", **data: object) -> Event:
    return Event(kind, subject, ago(100 - seq), "sora", why, data, seq)


def test_events_are_told_in_words_the_newest_first() -> None:
    told = (
        event(1, "run.created", "shop-7", trigger="source"),
        event(2, "artifact.stored", "shop-7", name="shop.pyz", digest="sha256:" + "ab" * 32),
        event(3, "gate.approved", "shop-7", "fixes SHOP-9", job="release/approve"),
        event(4, "flip.finished", "shop", **{"from": "blue", "to": "green"}),
        event(5, "job.finished", "shop-7", "exit code 1", job="test/unit", state="failed"),
    )
    assert plain(activity(told, NOW, 80, None)) == [
        "03:11:09 sora     shop-7 test/unit failed “exit code 1”",
        "03:11:08 sora     shop flipped from blue to green",
        "03:11:07 sora     shop-7 was approved “fixes SHOP-9”",
        "03:11:06 sora     shop-7 built shop.pyz sha256:abababababab",
        "03:11:05 sora     shop-7 was asked for",
    ]
    assert len(activity(told, NOW, 80, 2)) == 2


def test_a_failure_looks_like_one() -> None:
    failed = event(5, "job.finished", "shop-7", job="test/unit", state="failed")
    assert roles(activity((failed,), NOW, 80, None)[0].line, "test/unit") == {"failed"}


def test_what_the_next_event_says_better_is_left_out() -> None:
    quiet = (
        event(1, "job.started", "shop-7", job="test/unit"),
        event(2, "job.finished", "shop-7", job="release/flip", state="skipped"),
    )
    assert plain(activity(quiet, NOW, 80, None)) == ["Nothing happened yet."]


def test_another_day_is_told_by_its_age() -> None:
    old = Event("incident.opened", "INC-1", NOW - timedelta(days=3), seq=1)
    assert plain(activity((old,), NOW, 60, None)) == ["3 d ago  worker   INC-1 opened"]


def test_a_value_that_looks_like_a_field_is_not_filled_in() -> None:
    moved = event(1, "card.moved", "SHOP-1", **{"from": "{title}", "to": "Done", "title": "x"})
    assert plain(activity((moved,), NOW, 80, None))[0].endswith("from {title} to Done: x")


@given(st.lists(any_events, max_size=4), widths, st.sampled_from(HOSTILE))
def test_hostile_events_never_break_or_overflow(told: list[Event], cells: int, title: str) -> None:
    told.append(event(100, "card.created", title, title, title=title))
    check(activity(told, NOW, cells, None), cells)
