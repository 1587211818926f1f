"""`silence` at the command line: written, listed, ended."""

from __future__ import annotations

from support.shell import Shell


def test_a_silence_is_written_listed_and_ended(seeded: Shell) -> None:
    assert seeded.run("silence").out == "nothing is silenced\n"
    done = seeded.run("silence", "unreachable", "--for", "2h", "--why", "rack moves")
    assert (done.code, done.err) == (0, "")
    (told,) = seeded.run("silence", "--json").objects
    assert (told["what"], told["why"], told["since"]) == ("unreachable", "rack moves", None)
    assert "by jun: rack moves" in seeded.run("silence").out
    assert seeded.run("silence", "unreachable", "--end", "--why", "done").code == 0
    assert seeded.run("silence").out == "nothing is silenced\n"
    assert seeded.run("silence", "unreachable", "--end", "--why", "again").code == 3


def test_planned_maintenance_has_a_beginning(seeded: Shell) -> None:
    words = ("--from", "2099-12-24 02:00", "--for", "3h", "--why", "patches")
    (told,) = seeded.run("silence", "all", *words, "--json").objects
    assert told["since"].startswith("2099-12-24T02:00")
    assert told["until"].startswith("2099-12-24T05:00")


def test_wrong_words_are_refused(seeded: Shell) -> None:
    assert seeded.run("silence", "all", "--why", "x").code == 2
    assert seeded.run("silence", "all", "--for", "soon", "--why", "x").code == 2
    assert seeded.run("silence", "all", "--until", "25:00", "--why", "x").code == 2
    assert seeded.run("silence", "--for", "1h").code == 2
    assert seeded.run("silence", "all", "--for", "1h").code == 4  # no reason
    assert seeded.run("silence", "nothing-like-it", "--for", "1h", "--why", "x").code == 3
