"""What the fault tests share: a way to print figures."""

from __future__ import annotations

import sys

import pytest
from support.fault_sweep import Say


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Prints a line whether or not pytest captures what tests print."""

    def line(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}")
            sys.stdout.flush()

    return line
