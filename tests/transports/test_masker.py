from __future__ import annotations

import base64
import json
import shlex
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.transports.masker import MASK, Masker

SECRETS = ["s3cr3t-Token/+=xyz", "pa ss\"w'ord$1", "abcabcabcd", "abcabcabcdZZZ", "päss wörd"]
FORMS = [
    form
    for secret in SECRETS
    for plain in [secret.encode()]
    for form in (
        plain,
        quote(plain, safe="").encode(),
        quote_plus(plain).encode(),
        json.dumps(secret).encode(),
        shlex.quote(secret).encode(),
        plain.hex().encode(),
        plain.hex().upper().encode(),
        base64.b64encode(plain),
        base64.urlsafe_b64encode(b"user:" + plain + b"\n"),
        base64.b64encode(b"x" + plain + b"y"),
        base64.b64encode(b"xy" + plain + b"yz"),
    )
]
STREAMS = st.lists(
    st.one_of(
        st.sampled_from(FORMS),
        st.sampled_from(FORMS).flatmap(
            lambda form: st.integers(0, len(form)).map(lambda end: form[:end])
        ),
        st.binary(max_size=12),
        st.text("abcZs3 \n=", max_size=12).map(str.encode),
    ),
    max_size=8,
).map(b"".join)


def whole(stream: bytes) -> bytes:
    return Masker(SECRETS).feed(stream, final=True)


@given(STREAMS, st.lists(st.integers(0, 40), max_size=60))
def test_chunks_do_not_matter(stream: bytes, sizes: list[int]) -> None:
    masker = Masker(SECRETS)
    output = b""
    rest = stream
    for size in sizes:
        output += masker.feed(rest[:size])
        rest = rest[size:]
    output += masker.feed(rest)
    output += masker.feed(b"", final=True)
    assert output == whole(stream)


@given(STREAMS)
def test_no_secret_is_left(stream: bytes) -> None:
    for part in whole(stream).split(MASK):
        for secret in SECRETS:
            assert secret.encode() not in part
            assert secret.encode().hex().encode() not in part.lower()
            assert quote(secret, safe="").encode() not in part


@given(st.sampled_from(SECRETS), st.binary(max_size=9), st.binary(max_size=9))
def test_base64_at_any_offset(secret: str, before: bytes, after: bytes) -> None:
    plain = secret.encode()
    masked = whole(base64.b64encode(before + plain + after))
    assert MASK in masked
    for part in masked.split(MASK):
        for offset in range(4):
            digits = part[offset : offset + (len(part) - offset) // 4 * 4]
            try:
                decoded = base64.b64decode(digits, validate=True)
            except ValueError:
                continue
            assert plain not in decoded


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_masked(form: bytes) -> None:
    masked = whole(b"before " + form + b" after")
    assert MASK in masked
    assert masked.startswith(b"before ")
    assert masked.endswith(b" after")


@given(st.binary(max_size=300))
def test_other_bytes_pass_unchanged(stream: bytes) -> None:
    if MASK not in (masked := Masker(["no-such-thing-in-here"]).feed(stream, final=True)):
        assert masked == stream
    assert Masker([]).feed(stream) == stream


def test_ordinary_text_is_not_held_back() -> None:
    masker = Masker(SECRETS)
    assert masker.feed(b"a line\n") == b"a line\n"
    assert masker.feed(b"an s3cr3t-T") == b"an "
    assert masker.feed(b"est\n") == b"s3cr3t-Test\n"


def test_the_longest_of_two_that_begin_alike_wins() -> None:
    masker = Masker(SECRETS)
    assert masker.feed(b"abcabcabcd") == b""
    assert masker.feed(b"ZZZ!") == MASK + b"!"
    assert masker.feed(b"abcabcabcd") == b""
    assert masker.feed(b"ZZ!") == MASK + b"ZZ!"


def test_each_line_of_a_key_is_a_secret() -> None:
    masker = Masker(["-----BEGIN-----\nabcdefgh\nijklmnop\n-----END-----\n"])
    assert masker.mask("xx ijklmnop yy") == "xx *** yy"


def test_very_short_secrets_would_mask_everything() -> None:
    assert Masker(["", "a", "abc"]).mask("abc a") == "abc a"


def test_a_text_with_odd_characters() -> None:
    assert Masker(["\udcffabcd"]).mask("x\udcffabcd\udcfe") == "x***\udcfe"


def test_many_secrets_stay_quick() -> None:
    masker = Masker([f"secret-number-{number}-{number * 7919}" for number in range(100)])
    line = b"2024-01-01 INFO some ordinary log line with nothing special in it 1234567890\n"
    assert b"".join(masker.feed(line) for _ in range(2000)) == line * 2000
