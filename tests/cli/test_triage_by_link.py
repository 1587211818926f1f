"""From the notification's link to the cause, with a real worker: no key, or two on the screen."""

from __future__ import annotations

from support.shell import Shell
from support.terminal import Terminal
from support.waits import until


def test_the_link_shows_the_cause_and_the_screen_does_by_two_keys(house: Shell) -> None:
    done = house.run("run", "bad", "--wait", "--json")
    assert done.code == 1, done.err
    run = str(done.objects[-1]["run"]["id"])
    (problem,) = until(lambda: house.run("triage", run, "--json").objects)

    link = Terminal(
        house.command("triage", run), columns=100, rows=30, environ=house.environ,
        folder=house.folder,
    )  # fmt: skip
    try:
        link.wait_for("no voucher", "baseline:", patience_s=60)
        assert link.wait(60) == 0
    finally:
        link.close()

    screen = Terminal(
        house.command(), columns=100, rows=30, environ=house.environ, folder=house.folder
    )
    try:
        screen.wait_for("Pipelines", patience_s=60)
        screen.forget()
        screen.press("6")
        screen.wait_for(str(problem["id"]), patience_s=60)
        screen.forget()
        screen.press("\r")
        screen.wait_for("most likely cause", "no voucher", patience_s=60)
    finally:
        screen.close()
