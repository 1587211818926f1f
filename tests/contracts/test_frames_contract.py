"""What live figures promise, in a file of this machine and in a team's database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.postgres import Postgres
from support.stores import Opener, wait_for

from devops_tui.domain.errors import StoreUnsupported
from devops_tui.domain.fleet import Frame, LinkState
from devops_tui.domain.ids import HostName
from devops_tui.domain.metric import Sample
from devops_tui.domain.survey import Answer, Level, Reading, Survey
from devops_tui.ports.frames import Frames

NOW = datetime(2026, 3, 1, 3, 12, 44, 123456, tzinfo=UTC)
SAMPLE = Sample(1749.4, 1 / 3, 0.5, 0.19, 2, disk_used_mount="/srv/\x1b[2J ü\0")
LIVE, STALE = LinkState.LIVE, LinkState.STALE


def a_frame(name: str, link: LinkState = LIVE, why: str = "") -> Frame:
    return Frame(HostName(name), link, NOW, SAMPLE, (0.0, 0.5, 1.0), why=why)


@pytest.fixture
def frames(opener: Opener) -> Iterator[Frames]:
    opened = opener.frames()
    yield opened
    opened.close()


@pytest.fixture
def reader(opener: Opener) -> Iterator[Frames]:
    opened = opener.frames()
    yield opened
    opened.close()


def test_every_field_comes_back(frames: Frames, reader: Frames) -> None:
    saved = [
        a_frame("a"),
        replace(a_frame("b", STALE, "no route"), sample=None, retry_at=NOW + timedelta(seconds=8)),
    ]
    frames.save_frames(saved)
    assert list(reader.frames()) == saved
    assert list(frames.frames()) == saved


def test_what_is_no_text_is_shown_and_not_a_crash(frames: Frames) -> None:
    frames.save_frames([a_frame("a", why="\udcff"), a_frame("b", why="\0")])
    assert [f.why in ("\\udcff", "\0", "\ufffd") for f in frames.frames()] == [True, True]


def test_a_reader_sees_each_later_save(frames: Frames, reader: Frames) -> None:
    frames.save_frames([a_frame("a"), a_frame("b")])
    assert len(reader.frames()) == 2
    frames.save_frames([a_frame("b", STALE)])
    assert [f.link for f in reader.frames()] == [LIVE, STALE]


def test_dropped_hosts_are_gone_and_may_come_back(frames: Frames, reader: Frames) -> None:
    frames.save_frames([a_frame("a"), a_frame("b")])
    assert len(reader.frames()) == 2
    frames.drop_frames([HostName("a")])
    assert [f.host for f in reader.frames()] == ["a"]
    frames.save_frames([a_frame("b", STALE)])
    assert [f.link for f in reader.frames()] == [LIVE, STALE]


def test_the_version_differs_after_a_save(frames: Frames, reader: Frames) -> None:
    before = reader.version()
    assert reader.version() == before
    frames.save_frames([])
    assert reader.version() == before
    frames.save_frames([a_frame("a")])
    wait_for(lambda: reader.version() != before)


def test_a_figure_of_another_version_is_unknown_not_a_crash(
    frames: Frames, opener: Opener, reader: Frames
) -> None:
    frames.save_frames([a_frame("a")])
    by_later = """UPDATE frame SET sample = '{"cpu_ratio": 0.5, "later": 1}'"""
    opener.by_hand(by_later, "metrics.db")
    assert reader.frames()[0].sample is None


def test_durable_rows_and_live_figures_do_not_wait_for_one_another(
    frames: Frames, opener: Opener
) -> None:
    store = opener.store()
    with store.transaction():
        store.next_card_number()
        frames.save_frames([a_frame("a")])
        assert len(frames.frames()) == 1
    store.close()


def test_figures_of_a_newer_version_are_refused(opener: Opener) -> None:
    opener.frames().close()
    opener.pretend_newer("metrics.db")
    with pytest.raises(StoreUnsupported):
        opener.frames()


@pytest.mark.real
@pytest.mark.xdist_group("postgres")
def test_a_crash_of_the_server_empties_them_and_they_fill_again(postgres: Postgres) -> None:
    url = postgres.url
    opener = Opener(postgres.folder, url)
    writer, reader = opener.frames(), opener.frames()
    for link in (STALE, LIVE, LIVE):
        writer.save_frames([a_frame("a", link), a_frame("b", link)])
        assert len(reader.frames()) == 2
    postgres.crash()
    postgres.start()
    assert list(reader.frames()) == []
    writer.save_frames([a_frame("b", STALE)])
    assert [(f.host, f.link) for f in reader.frames()] == [("b", STALE)]
    opener.by_hand("UPDATE revision SET value = 0")  # as when the last seconds were lost
    writer.save_frames([a_frame("a", STALE)])
    assert [(f.host, f.link) for f in reader.frames()] == [("a", STALE), ("b", STALE)]
    writer.close()
    reader.close()


def test_answers_of_a_host_come_back_and_go_with_it(frames: Frames, reader: Frames) -> None:
    reading = Reading("/var\0\x1b", "93 %", Level.WARNING, {"used_ratio": 0.93})
    answers = (Answer("disks", NOW, (reading,)), Answer("units", NOW, (), "no answer within 8 s"))
    frames.save_surveys([Survey(HostName("web-1"), answers), Survey(HostName("web-2"))])
    found = reader.survey(HostName("web-1"))
    assert found == Survey(HostName("web-1"), answers)
    assert [survey.host for survey in reader.surveys()] == ["web-1", "web-2"]
    frames.save_surveys([Survey(HostName("web-1"), answers[1:])])
    assert reader.survey(HostName("web-1")).answers == answers[1:]
    frames.drop_frames([HostName("web-1")])
    assert reader.survey(HostName("web-2")) == Survey(HostName("web-2"))
    assert reader.survey(HostName("nobody")).answers == ()


def test_a_collector_sees_what_screens_look_at(frames: Frames, reader: Frames) -> None:
    web, db = HostName("web-1"), HostName("db-1")
    reader.look_at(web, NOW)
    reader.look_at(db, NOW + timedelta(seconds=20))
    assert frames.looked_at(NOW) == (db, web)
    assert frames.looked_at(NOW + timedelta(seconds=10)) == (db,)
    reader.look_at(web, NOW + timedelta(seconds=30))
    assert frames.looked_at(NOW + timedelta(seconds=25)) == (web,)
