"""What a card's sheet says of the files of its issue."""

from __future__ import annotations

from datetime import UTC, datetime

from devops_tui.domain.ids import CardId
from devops_tui.domain.tracker import Attachment, IssueCopy, TrackedCard
from devops_tui.presentation.tracker import sheet_rows

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def test_files_have_a_name_a_size_and_a_link_and_nothing_of_them_acts() -> None:
    file = Attachment("7", "a\x1b[31m[@click=app.quit]b[/].txt", 2048, "https://j/7", "sora", NOW)
    copy = IssueCopy(CardId("SHOP-1"), "1", "SH-1", NOW, attachments=(file,))
    rows = sheet_rows(TrackedCard(CardId("SHOP-1"), copy, "https://j/SH-1"), NOW, 120)
    told = "".join(str(part.text) for part in rows[1].line)
    assert "\x1b" not in told
    assert "[@click=app.quit]b[/].txt" in told
    assert "2.0 KiB" in told
    assert "https://j/7" in told
