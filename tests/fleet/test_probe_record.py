"""Frames in a stream of noise, and records that may be garbage."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.domain.metric import Counters
from devops_tui.domain.probe_record import (
    LIMIT_BYTES,
    MalformedRecord,
    ProbeStream,
    counters_of,
    greeting_of,
    refusal_of,
)

REAL = (
    b"r u 1749.40 c 8252 0 3962 335869 609 0 106 164 k 2 m 24684084 24315996 7 5 "
    b"l 0.19 0.10 0.02 p 96 d vda 4519418 1284456 9900 d d 1 2 3 n eth0 93557723 170842 "
    b"pc 8269594 pm 0 pi 5728295"
)


def framed(*texts: bytes) -> bytes:
    return b"".join(b"{abc123 %s}abc123\n" % text for text in texts)


def test_a_real_record_becomes_counters() -> None:
    assert counters_of(REAL) == Counters(
        uptime_s=1749.40,
        cpu=(8252, 0, 3962, 335869, 609, 0, 106, 164),
        cores=2,
        mem_total_kb=24684084,
        mem_available_kb=24315996,
        swap_total_kb=7,
        swap_free_kb=5,
        load=(0.19, 0.10, 0.02),
        processes=96,
        disks={"vda": (4519418, 1284456, 9900), "d": (1, 2, 3)},
        nets={"eth0": (93557723, 170842)},
        pressure_us={"cpu": 8269594, "mem": 0, "io": 5728295},
    )


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"x",
        b"r",
        REAL[:60],
        REAL.replace(b"1749.40", b"nan"),
        REAL.replace(b"1749.40", b"1e999"),
        REAL.replace(b"1749.40", b"-1.0"),
        REAL.replace(b"8252", b"-8252"),
        REAL.replace(b"8252", b"8_252"),
        REAL.replace(b"8252", b"9" * 5000),
        REAL.replace(b"vda", b"v\x1b[31m"),
        REAL.replace(b"vda", b"v" * 65),
        REAL.replace(b" k 2", b""),
        REAL + b" zz 1",
        REAL + b" n eth1 1",
        REAL.replace(b" m ", b"  m "),
    ],
)
def test_garbage_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedRecord):
        counters_of(text)


@given(st.binary())
def test_no_bytes_crash_the_parser(text: bytes) -> None:
    for candidate in (text, b"r " + text, REAL + b" " + text):
        try:
            counters_of(candidate)
        except MalformedRecord:
            continue
        assert candidate.startswith(b"r ")


def test_noise_around_frames_is_skipped_exactly() -> None:
    noise = b"Welcome to {web1}\r\n\x1b[2J{abc124 r u 1}abc124\n{abc123\n"
    stream = ProbeStream("abc123")
    assert stream.feed(noise + framed(b"h awk") + noise + framed(REAL, b"x why") + noise) == [
        b"h awk",
        REAL,
        b"x why",
    ]


def test_a_torn_frame_is_dropped_and_the_next_one_found() -> None:
    assert ProbeStream("abc123").feed(b"{abc123 r u 12" + framed(REAL)) == [REAL]


def test_hello_and_refusal_are_told_from_records() -> None:
    assert greeting_of(b"h awk") == "awk"
    assert greeting_of(REAL) is None
    assert refusal_of(b"x no /proc\xff") == "no /proc\\xff"
    assert refusal_of(b"h awk") is None


_PIECES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from([framed(b"h awk"), framed(REAL), b"{abc123 ", b"}abc123\n", b"{abc1"]),
    ),
    max_size=12,
)


@given(_PIECES, st.lists(st.integers(1, 40), min_size=1, max_size=50))
def test_any_chunking_gives_the_same_frames(pieces: list[bytes], sizes: list[int]) -> None:
    whole = b"".join(pieces)
    expected = ProbeStream("abc123").feed(whole)
    stream, found, at = ProbeStream("abc123"), [], 0
    for size in itertools.cycle(sizes):
        if at >= len(whole):
            break
        found += stream.feed(whole[at : at + size])
        at += size
    assert found == expected


@pytest.mark.parametrize("step", [7, 1000, 1 << 20])
def test_a_frame_over_the_limit_is_dropped_however_it_arrives(step: int) -> None:
    flood = framed(b"r " + b"9" * LIMIT_BYTES) + framed(REAL)
    stream, found = ProbeStream("abc123"), []
    for at in range(0, len(flood), step):
        found += stream.feed(flood[at : at + step])
    assert found == [REAL]


def test_a_flood_without_end_is_not_kept() -> None:
    stream = ProbeStream("abc123")
    for _ in range(64):
        assert stream.feed(b"{abc123 " + b"9" * 10_000) == []
    for _ in range(64):
        assert stream.feed(b"9" * 10_000) == []
    kept: bytes = stream._kept
    assert len(kept) <= LIMIT_BYTES + 32
