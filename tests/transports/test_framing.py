from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devops_tui.transports.framing import Envelope, Unwrapper

ENVELOPE = Envelope("0123456789abcdef", takes_input=False)
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [ENVELOPE.begin, ENVELOPE.end, ENVELOPE.begin[:-1], ENVELOPE.end[:7], b"<"]
        ),
    ),
    max_size=8,
).map(b"".join)


def chunks(data: bytes, sizes: list[int]) -> list[bytes]:
    parts: list[bytes] = []
    for size in sizes:
        parts.append(data[:size])
        data = data[size:]
    return [*parts, data]


def unwrap(parts: list[bytes]) -> tuple[bytes, int | None, bool]:
    unwrapper = Unwrapper(ENVELOPE)
    output = b"".join(map(unwrapper.feed, parts))
    return output + unwrapper.finish(), unwrapper.exit_code, unwrapper.has_begun


@given(PIECES, st.lists(st.integers(0, 9), max_size=60))
def test_chunks_do_not_matter(stream: bytes, sizes: list[int]) -> None:
    assert unwrap(chunks(stream, sizes)) == unwrap([stream])


@given(st.binary(max_size=200), st.binary(max_size=200), st.integers(0, 255), st.binary())
def test_noise_around_the_frame_is_cut_out(
    noise: bytes, output: bytes, code: int, rest: bytes
) -> None:
    stream = noise + ENVELOPE.begin + output + ENVELOPE.end + b"%d>\n" % code + rest
    assert unwrap([stream]) == (output, code, True)


def test_what_is_held_back_comes_at_the_end() -> None:
    unwrapper = Unwrapper(ENVELOPE)
    assert unwrapper.feed(ENVELOPE.begin + b"x" + ENVELOPE.end[:5]) == b"x"
    assert unwrapper.finish() == ENVELOPE.end[:5]
    assert unwrapper.exit_code is None


def test_noise_is_kept_for_messages_and_bounded() -> None:
    unwrapper = Unwrapper(ENVELOPE)
    for _ in range(1000):
        unwrapper.feed(b"This account is not available.\n")
    assert unwrapper.noise.startswith(b"This account")
    assert len(unwrapper.noise) <= 2048


def test_the_program_holds_no_mark() -> None:
    program = ENVELOPE.program("echo hello")
    assert ENVELOPE.begin.strip() not in program
    assert ENVELOPE.end.strip() not in program


def test_marks_differ_each_time() -> None:
    assert len({Envelope.new(takes_input=True).begin for _ in range(100)}) == 100


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox", "zsh", "ksh", "yash", "mksh"])
def test_shells_understand_it(shell: str) -> None:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"needs {shell}")
    argv = [found, "sh", "-s"] if shell == "busybox" else [found, "-s"]
    script = "printf 'it'\"'\"'s\\n'\ncat\nexit 7"
    completed = subprocess.run(
        argv, input=ENVELOPE.program(script), capture_output=True, timeout=20, check=False
    )
    assert unwrap([completed.stdout]) == (b"it's\n", 7, True)
    assert unwrap([completed.stderr]) == (b"", 7, True)
    assert completed.returncode == 7
