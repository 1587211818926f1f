"""From a problem to a rollback in three keys, carried out by a real worker over real SSH.

Outside production: the preview, then go. First by the digest of the last good file, since
the colour before is down; then by undoing that flip, since the other colour is warm. It
takes a minute: two releases are built and flipped before there is anything to go back to.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.promotion_site import STAGING, PromotionSite, promotion_site
from support.terminal import Terminal
from support.waits import until

from devops_tui.bootstrap.session import open_session
from devops_tui.domain.rollback import Way
from devops_tui.ports.front import Front

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(400)]

SERVICE = "shop-staging"
GO = ("b", "\x1b[B", "\r")  # the preview, from its question to its act, go


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PromotionSite]:
    with promotion_site(tmp_path / "p") as site:
        yield site


@pytest.fixture
def front(site: PromotionSite) -> Iterator[Front]:
    site.shell.run("check")
    opened = open_session(site.paths, "jun")
    yield opened
    opened.close()


def three_keys(screen: Terminal, preview: str) -> None:
    screen.forget()
    screen.press(GO[0])
    screen.wait_for(f"roll back {SERVICE}", preview, patience_s=60)
    screen.press(GO[1])
    screen.press(GO[2])


def goes(front: Front, way: Way) -> None:
    """Waits until a rollback would go that way."""
    until(lambda: front.rollback_plan(SERVICE).way is way)


def test_three_keys_bring_back_the_last_good_file_and_then_undo_that(
    site: PromotionSite, front: Front
) -> None:
    for words in ("The first", "The second"):
        site.repo.commit(words, **{"a.txt": words})
        done, view = site.run("run", "shop", "--wait")
        assert done.code == 0, site.told(str(view["run"]["id"]))
    assert site.serves(STAGING) == "blue"
    good, newer = site.installed(STAGING, "green"), site.installed(STAGING, "blue")
    site.repo.commit("Break it", broken="")
    assert site.run("run", "shop", "--wait")[0].code == 1
    (problem,) = until(lambda: front.overview().incidents)

    goes(front, Way.UNDO)
    site.take_down(STAGING, "green")
    goes(front, Way.RELEASE)
    assert front.rollback_plan(SERVICE).digest == good
    shell = site.shell
    screen = Terminal(
        shell.command(), columns=120, rows=40, environ=shell.environ, folder=shell.folder
    )
    try:
        screen.wait_for("Pipelines", patience_s=60)
        screen.forget()
        screen.press("6")
        screen.wait_for(problem.id, patience_s=60)
        screen.forget()
        screen.press("\r")
        screen.wait_for("most likely cause", patience_s=60)

        three_keys(screen, f"promote {good[:19]}")
        until(lambda: site.serves(STAGING) == "green")
        assert site.installed(STAGING, "green") == good
        assert site.built.read_text().count("built") == 3  # not for the rollback

        goes(front, Way.UNDO)
        three_keys(screen, "warm")
        until(lambda: site.serves(STAGING) == "blue")
        assert site.installed(STAGING, "blue") == newer
        until(lambda: front.rollback_plan(SERVICE).way is Way.NONE)
        assert "went back already: jun" in front.rollback_plan(SERVICE).why_not
    finally:
        screen.close()
