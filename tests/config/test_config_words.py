"""The small languages inside values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.config import words
from devops_tui.config.words import BadWord


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("30s", 30.0),
        ("10m", 600.0),
        ("2h", 7200.0),
        ("7d", 604800.0),
        ("1h30m", 5400.0),
        ("1.5s", 1.5),
        ("0s", 0.0),
        ("1d2h3m4s5ms", 93784.005),
        ("366d", 366 * 86400.0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert words.duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value", ["", "10", "10 m", "m", "-1s", "1w", "10minutes", "30m1h", "1s1s", "367d", 30, 1.5]
)
def test_bad_durations(value: object) -> None:
    with pytest.raises(BadWord, match="bad duration"):
        words.duration_s(value)


@pytest.mark.parametrize("value", [None, True, [], {}])
def test_what_is_no_text_is_no_duration(value: object) -> None:
    with pytest.raises(BadWord):
        words.duration_s(value)


def test_limits() -> None:
    assert words.wip_limit(5) == (5, None)
    assert words.wip_limit("2 per member") == (None, 2.0)
    assert words.wip_limit("0.5 per member") == (None, 0.5)
    assert words.wip_limit("none") == (None, None)


@pytest.mark.parametrize("value", [0, -1, True, 1.5, "5", "2 per head", "0 per member", None, []])
def test_bad_limits(value: object) -> None:
    with pytest.raises(BadWord, match="bad limit"):
        words.wip_limit(value)


def test_gates() -> None:
    assert words.gate_at_least(">= 200") == 200.0
    assert words.gate_at_least(">=0.5") == 0.5
    assert words.gate_at_most_ms("<= 50ms") == 50.0
    assert words.gate_at_most_ms("<= 1.5 s") == 1500.0
    assert words.gate_at_most_ratio("<= 1%") == 0.01


@pytest.mark.parametrize("value", ["200", "<= 200", ">= 200ms", "> 200", ">= x", 200, None])
def test_bad_rates(value: object) -> None:
    with pytest.raises(BadWord, match="bad gate"):
        words.gate_at_least(value)


@pytest.mark.parametrize("value", ["<= 50", ">= 50ms", "<= 50h", "50ms", "<= ms", 50])
def test_bad_times(value: object) -> None:
    with pytest.raises(BadWord, match="bad gate"):
        words.gate_at_most_ms(value)


@pytest.mark.parametrize("value", ["<= 0.01", "<= 101%", ">= 1%", "1%", 0.01])
def test_bad_shares(value: object) -> None:
    with pytest.raises(BadWord, match="bad gate"):
        words.gate_at_most_ratio(value)


@pytest.mark.parametrize(
    ("value", "reference"),
    [
        ("env:TOKEN", "env:TOKEN"),
        ("file:keys/token", "file:keys/token"),
        ("keyring:shop/db/admin", "keyring:shop/db/admin"),
        ("age:token.age", "age:token.age"),
        ("sops:secrets.yaml#token", "sops:secrets.yaml#token"),
        ({"cmd": ["pass", "show", "x y"]}, 'cmd:["pass", "show", "x y"]'),
        ("cmd:[pass, show, x]", 'cmd:["pass", "show", "x"]'),
        ('cmd:["pass", "a, b"]', 'cmd:["pass", "a, b"]'),
    ],
)
def test_references(value: object, reference: str) -> None:
    assert words.secret_reference(value) == reference


@pytest.mark.parametrize(
    "value",
    [
        *("hunter2", "env:", "env:hunter2-x", "keyring:hunter2", "vault:hunter2", ":hunter2"),
        *("cmd:hunter2", "cmd:[]", "cmd:[hunter2, [a]]", "cmd:[hunter2", "file:hunter2\n"),
        *(["hunter2"], {"hunter2": 1}, {"cmd": "hunter2"}, {"cmd": ["hunter2", 1]}, 12345678, None),
        {"cmd": ["hunter2\0"]},
    ],
)
def test_what_is_no_reference_is_refused_and_never_repeated(value: object) -> None:
    with pytest.raises(BadWord) as caught:
        words.secret_reference(value)
    said = f"{caught.value.what} {caught.value.todo} {caught.value}"
    assert "secret" in said
    assert "hunter2" not in said
    assert "12345678" not in said


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


@given(VALUES)
def test_words_raise_nothing_but_bad_word(value: object) -> None:
    for read in (
        words.duration_s,
        words.wip_limit,
        words.gate_at_least,
        words.gate_at_most_ms,
        words.gate_at_most_ratio,
        words.secret_reference,
    ):
        try:
            read(value)
        except BadWord as error:
            assert error.what
            assert error.todo
