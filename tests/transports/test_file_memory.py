"""What is made of a file is made once, and anew as soon as the file is another one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devops_tui.domain.errors import LoginRefused
from devops_tui.transports import file_memory
from devops_tui.transports.file_memory import FileMemory


class Reader:
    """Counts how often it reads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reads = 0

    def __call__(self) -> str:
        self.reads += 1
        return self.path.read_text()


def aged(path: Path, text: str, seconds: float = 60.0) -> None:
    """Writes a file that looks as if it had been written so long ago."""
    path.write_text(text)
    at_s = path.stat().st_mtime - seconds
    os.utime(path, (at_s, at_s))


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    monkeypatch.setattr(file_memory, "SETTLED_S", -1.0)  # ctime cannot be set back
    path = tmp_path / "keys"
    aged(path, "one")
    return Reader(path)


def test_an_unchanged_file_is_read_once(reader: Reader) -> None:
    memory: FileMemory[str] = FileMemory()
    assert [memory.recall("k", [str(reader.path)], reader) for _ in range(3)] == ["one"] * 3
    assert reader.reads == 1


def test_a_changed_file_counts_at_once(reader: Reader) -> None:
    memory: FileMemory[str] = FileMemory()
    memory.recall("k", [str(reader.path)], reader)
    aged(reader.path, "two", 30.0)  # as long as the first
    assert memory.recall("k", [str(reader.path)], reader) == "two"


def test_a_file_that_appears_beside_it_counts(reader: Reader, tmp_path: Path) -> None:
    memory: FileMemory[str] = FileMemory()
    paths = [str(reader.path), str(tmp_path / "certificate")]
    memory.recall("k", paths, reader)
    (tmp_path / "certificate").touch()
    memory.recall("k", paths, reader)
    assert reader.reads == 2


def test_a_file_of_this_moment_is_not_trusted(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_memory, "SETTLED_S", 3600.0)
    memory: FileMemory[str] = FileMemory()
    for _ in range(2):
        memory.recall("k", [str(reader.path)], reader)
    assert reader.reads == 2


def test_an_error_is_not_remembered(reader: Reader) -> None:
    memory: FileMemory[str] = FileMemory()

    def refuse() -> str:
        raise LoginRefused("no")

    with pytest.raises(LoginRefused):
        memory.recall("k", [str(reader.path)], refuse)
    assert memory.recall("k", [str(reader.path)], reader) == "one"


def test_it_does_not_grow_for_ever(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_memory, "_LIMIT", 4)
    memory: FileMemory[str] = FileMemory()
    for number in range(20):
        memory.recall(number, [str(reader.path)], reader)
    assert len(memory._kept) <= 4
