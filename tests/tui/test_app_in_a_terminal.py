from __future__ import annotations

import re
import shlex
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile_texts import PLANTED
from support.terminal import Terminal

PROGRAM = Path(__file__).with_name("in_terminal.py")
LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"
SHOWS_CURSOR = b"\x1b[?25h"
MOUSE_OFF = b"\x1b[?1000l"

Start = Callable[..., Terminal]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "state" / "screen.log"


@pytest.fixture
def start(log: Path) -> Iterator[Start]:
    running: list[Terminal] = []

    def begin(what: str = "calm", columns: int = 120, rows: int = 40, **more: str) -> Terminal:
        argv = [sys.executable, str(PROGRAM), what, str(log)]
        terminal = Terminal(argv, columns=columns, rows=rows, environ=more)
        running.append(terminal)
        return terminal

    yield begin
    for terminal in running:
        terminal.close()


def assert_left_sane(terminal: Terminal) -> None:
    assert terminal.is_sane
    for sequence in (LEFT_ALTERNATE_SCREEN, SHOWS_CURSOR, MOUSE_OFF):
        assert sequence in terminal.raw


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
@pytest.mark.parametrize("what", ["calm", "stuck"])
def test_signals_leave_a_sane_terminal_soon(
    start: Start, number: signal.Signals, what: str
) -> None:
    terminal = start(what)
    terminal.wait_for("Pipelines", "web-07")
    began = time.monotonic()
    assert terminal.end(number) == 128 + number
    took_s = time.monotonic() - began
    assert_left_sane(terminal)
    assert took_s < 5  # 0.5 s is promised; a loaded machine that runs the tests may be slower


def test_a_signal_before_the_first_frame(start: Start) -> None:
    terminal = start()
    while b"\x1b[?1049h" not in terminal.raw:
        terminal.read()
    assert terminal.end(signal.SIGTERM) == 128 + signal.SIGTERM
    assert terminal.is_sane


def test_a_closed_terminal_ends_the_program(start: Start) -> None:
    terminal = start()
    terminal.wait_for("Pipelines", "web-07")
    terminal.hang_up()
    assert terminal.process.wait(10) == 128 + signal.SIGHUP


def test_a_gone_terminal_is_noticed_without_a_signal(log: Path, tmp_path: Path) -> None:
    code = tmp_path / "code"
    inner = shlex.join([sys.executable, str(PROGRAM), "calm", str(log)])
    # the leader of the session lives on and keeps the hang-up to itself
    terminal = Terminal(["sh", "-c", f"trap '' HUP; {inner}; echo $? >{shlex.quote(str(code))}"])
    try:
        terminal.wait_for("Pipelines", "web-07")
        terminal.hang_up()
        assert terminal.process.wait(10) == 0
    finally:
        terminal.close()
    assert code.read_text("utf-8") == f"{128 + signal.SIGHUP}\n"


def test_q_says_what_goes_on_without_the_screen(start: Start) -> None:
    terminal = start()
    terminal.wait_for("Pipelines", "web-07")
    terminal.press("q")
    assert terminal.wait() == 0
    assert_left_sane(terminal)
    last = terminal.raw.rpartition(LEFT_ALTERNATE_SCREEN)[2]
    assert b"api #88, billing #31 go on without the screen." in last


def test_ctrl_c_does_not_kill(start: Start) -> None:
    terminal = start()
    terminal.wait_for("Pipelines", "web-07")
    terminal.press("\x03")
    terminal.wait_for("q leaves")
    terminal.press("q")
    assert terminal.wait() == 0


def test_a_crash_is_one_clear_line_and_a_private_log(start: Start, log: Path) -> None:
    terminal = start("crash")
    terminal.wait_for("Pipelines", "web-07")
    terminal.press("u")
    assert terminal.wait() == 1
    assert_left_sane(terminal)
    last = terminal.raw.rpartition(LEFT_ALTERNATE_SCREEN)[2]
    assert b"RuntimeError: a fault that was planted" in last
    assert str(log).encode() in last.replace(b"\r\n", b"")
    assert b"Traceback" not in terminal.raw
    assert b"PLANTED-LOCAL" not in terminal.raw
    written = log.read_text("utf-8")
    assert "Traceback" in written
    assert "a fault that was planted" in written
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_fault_in_a_thread_is_a_notice_and_the_screen_goes_on(start: Start, log: Path) -> None:
    terminal = start("thread")
    terminal.wait_for("Pipelines", "web-07")
    terminal.press("u")
    terminal.wait_for("RuntimeError")  # the rest may be wrapped
    terminal.press("q")
    assert terminal.wait() == 0
    assert "a fault in a thread" in log.read_text("utf-8")


def test_a_workspace_that_cannot_be_opened_is_said_in_one_line(start: Start) -> None:
    terminal = start("refused")
    assert terminal.wait() == 1
    assert_left_sane(terminal)
    last = terminal.raw.rpartition(LEFT_ALTERNATE_SCREEN)[2]
    assert b"network file system. Move the state folder." in last


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [("d", "demo"), ("i", "init"), ("q", "quit"), ("\r", "demo"), ("j\r", "init")],
)
def test_the_welcome_returns_the_choice(start: Start, keys: str, chosen: str) -> None:
    terminal = start("welcome")
    terminal.wait_for("Start the demo", "Write a workspace")
    for key in keys:
        terminal.press(key)
    assert terminal.wait() == 0
    assert f"chosen {chosen}".encode() in terminal.raw


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 50)])
def test_no_planted_sequence_reaches_the_terminal(start: Start, columns: int, rows: int) -> None:
    terminal = start("hostile", columns, rows)
    terminal.wait_for("Pipelines", "Fleet")
    for key in ("j", "G", "\t", "j", "\t", "\t", "?", "q", "8", "6", "5", "4", "2", "1", "!"):
        terminal.press(key)
        terminal.read(0.2)
    terminal.press("q")
    assert terminal.wait(20) == 0
    for planted in PLANTED:
        assert planted not in terminal.raw


def test_no_colour_and_sixteen_colours(start: Start) -> None:
    plain = start(NO_COLOR="1")
    plain.wait_for("Pipelines", "web-07", "● 2 runs")
    plain.press("q")
    assert plain.wait() == 0
    assert b"\x1b[38;2;255;123;114" not in plain.raw
    assert re.search(rb"\x1b\[1;7;[0-9;]*m.{0,4} failed", plain.raw)  # bold, reversed
    few = start(TERM="xterm-16color", COLORTERM="")
    few.wait_for("Pipelines", "web-07")
    few.press("q")
    assert few.wait() == 0
    assert b"38;2;" not in few.raw
    assert b"30;46m" in few.raw  # the row of the cursor: black on cyan


def test_a_terminal_without_utf_8_gets_ascii_alone(start: Start) -> None:
    terminal = start(LC_ALL="C")
    terminal.wait_for("Pipelines", "web-07", "+ 2 runs")
    terminal.press("?")
    terminal.wait_for("Keys of home")  # a frame, and a scroll bar
    terminal.press("q")  # leaves the help
    terminal.read(0.2)
    terminal.press("q")
    assert terminal.wait() == 0
    assert terminal.raw.isascii()
