"""Three versions of a card: what is taken, what is sent, what is asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.tracker import FIELDS, FieldBase, RemoteValue, Value
from devops_tui.domain.tracker_merge import merge, united

BASE: dict[str, Value] = dict.fromkeys(FIELDS, "") | {"labels": ()}


def _merge(
    base: dict[str, Value], mine: dict[str, Value], theirs: dict[str, Value]
) -> tuple[dict[str, Value], dict[str, Value], tuple[str, ...]]:
    """What is taken, sent and asked."""
    found = merge(
        {n: FieldBase(v, repr(v)) for n, v in (BASE | base).items()},
        BASE | mine,
        {n: RemoteValue(v, repr(v)) for n, v in (BASE | theirs).items()},
        "r",
    )
    return dict(found.take), dict(found.send), found.clashes


def test_one_side_changed() -> None:
    assert _merge({"title": "a"}, {"title": "b"}, {"title": "a"}) == ({}, {"title": "b"}, ())
    assert _merge({"title": "a"}, {"title": "a"}, {"title": "b"}) == ({"title": "b"}, {}, ())


def test_both_changed_a_scalar() -> None:
    assert _merge({"title": "a"}, {"title": "b"}, {"title": "c"}) == ({}, {}, ("title",))
    assert _merge({"title": "a"}, {"title": "b"}, {"title": "b"}) == ({}, {}, ())


def test_both_changed_a_set() -> None:
    found = _merge(
        {"labels": ("a", "b")}, {"labels": ("a", "b", "mine")}, {"labels": ("b", "theirs")}
    )
    assert found == (
        {"labels": ("b", "mine", "theirs")},
        {"labels": ("b", "mine", "theirs")},
        (),
    )


def test_another_look_of_the_same_is_no_change() -> None:
    """What the site wrote in its own way counts as what was agreed on."""
    base = {"text": FieldBase("*a*", "raw of a")}
    found = merge(base, BASE | {"text": "*a*"}, {"text": RemoteValue("_a_", "raw of a")}, "r")
    assert (dict(found.take), dict(found.send), found.clashes) == ({}, {}, ())


WORDS = st.lists(st.sampled_from("abcdef"), unique=True).map(tuple)


@given(WORDS, WORDS, WORDS)
def test_sets_unite(base: tuple[str, ...], mine: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    joined = set(united(base, mine, theirs))
    for word in "abcdef":
        was, here, there = word in base, word in mine, word in theirs
        is_wanted = (here and there) if was else (here or there)
        assert (word in joined) is is_wanted
    assert set(united(base, theirs, mine)) == joined


@given(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from("abc"))
def test_doing_what_it_says_leaves_nothing_to_do(base: str, mine: str, theirs: str) -> None:
    take, send, clashes = _merge({"title": base}, {"title": mine}, {"title": theirs})
    if clashes:
        assert len({base, mine, theirs}) == 3
        return
    value = take.get("title", mine)
    assert send.get("title", theirs) == value
    assert _merge({"title": value}, {"title": value}, {"title": value}) == ({}, {}, ())
