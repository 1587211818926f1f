from __future__ import annotations

from pathlib import Path

import pytest
from driving import driving
from rich.color import ColorSystem

from devops_tui.domain.errors import Mistake
from devops_tui.presentation.line import ROLES, Role
from devops_tui.tui.app import Options
from devops_tui.tui.palette import ACCENTS, DEFAULT_LOOK, Depth, Look, palette
from devops_tui.tui.themes import own_folder, read_look, read_themes, shipped_folder

SHIPPED = ("dark", "light", "high-contrast", "colour-blind")
TROUBLE: tuple[Role, ...] = ("failed", "lost", "warning", "waits")


def test_the_built_in_look_is_the_dark_theme() -> None:
    assert read_look(shipped_folder() / "dark.yaml") == DEFAULT_LOOK


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_theme_is_whole_and_readable(name: str) -> None:
    look = read_look(shipped_folder() / f"{name}.yaml")
    assert isinstance(look, Look)
    assert look.name == name
    made = palette(look)
    assert set(made.styles) == set(ROLES)
    for role in ROLES:
        for styles in (made.styles, made.on_cursor, *(made.bar(a) for a in ACCENTS)):
            style = styles[role]
            assert style.color is not None
            assert style.bgcolor is not None
            least = 3.0 if role in ("muted", "stale") else 4.0
            if styles is made.styles:
                ink = style.color.get_truecolor()
                ground = style.bgcolor.get_truecolor()
                assert _contrast(tuple(ink), tuple(ground)) >= least, f"{name}: {role}"


@pytest.mark.parametrize("name", SHIPPED)
def test_without_colour_what_is_wrong_is_never_dimmer_than_text(name: str) -> None:
    look = read_look(shipped_folder() / f"{name}.yaml")
    assert isinstance(look, Look)
    made = palette(look, depth=Depth.NONE)
    for styles in (made.styles, made.on_cursor, made.on_dim_cursor):
        for role in ROLES:
            style = styles[role]
            assert not style.dim
            assert role == "muted" or style.color == styles["text"].color, role
        assert all(styles[role].bold for role in TROUBLE)
        assert styles["failed"].reverse
        assert styles["lost"].reverse


@pytest.mark.parametrize("name", ["dark", "light"])
def test_sixteen_colours_are_taken_as_they_are_and_can_be_read(name: str) -> None:
    look = read_look(shipped_folder() / f"{name}.yaml")
    assert isinstance(look, Look)
    made = palette(look, depth=Depth.SIXTEEN)
    bars = [made.bar(accent) for accent in ACCENTS]
    taken: dict[tuple[int, ...], int | None] = {}
    for styles in (made.styles, made.on_cursor, made.on_dim_cursor, *bars):
        for role in ROLES:
            ink, ground = styles[role].color, styles[role].bgcolor
            assert ink is not None
            assert ground is not None
            at = tuple(ink.get_truecolor()), tuple(ground.get_truecolor())
            assert _contrast(*at) >= 3.0, f"{name}: {role}"
            for colour, place in zip((ink, ground), at, strict=True):
                taken[place] = colour.downgrade(ColorSystem.STANDARD).number
        assert all(styles[role].bold and not styles[role].dim for role in TROUBLE)
    assert len(set(taken.values())) == len(taken) > 8  # no two become the same colour
    assert made.of(DEFAULT_LOOK).depth is Depth.SIXTEEN


def _contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The contrast of two colours as WCAG defines it, 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[int, ...]) -> float:
    parts = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("roles:\n  faild: red\n", 2, 3, "unknown key 'faild'"),
        ("name: x\nroles:\n  failed: 'not a style at all'\n", 3, 3, "is not a style"),
        ("base:\n  background: blue\n", 2, 3, "is not a colour"),
        ("colours:\n  primary: 12\n", 2, 3, "is not a colour"),
        ("nonsense: 1\n", 1, 1, "unknown key 'nonsense'"),
        ("a: [1\nb: 2\n", 2, 2, ""),
        ("- a\n- b\n", 1, 1, "holds no keys"),
        ("base: &a {}\ncolours: *a\n", 1, 1, "alias"),
        ("name: !!python/object/apply:os.system ['true']\n", 1, 7, ""),
        ("[" * 3000, 1, 1, ""),
    ],
)
def test_a_bad_theme_is_a_mistake_with_its_place(
    tmp_path: Path, text: str, line: int, column: int, says: str
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, "utf-8")
    found = read_look(path)
    assert isinstance(found, Mistake)
    assert (found.line, says in found.what) == (line, True)
    assert found.column == column or not says


def test_bytes_that_are_no_text_and_huge_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00name")
    (tmp_path / "b.yaml").write_bytes(b"#" * 100_000)
    (tmp_path / "c.yaml").write_text("name: mine\nroles:\n  ok: '#00ff00'\n", "utf-8")
    found = read_themes(tmp_path, tmp_path / "missing")
    assert len(found.mistakes) == 2
    assert found.looks["mine"].styles["ok"] == "#00ff00"
    assert found.looks["mine"].styles["failed"] == DEFAULT_LOOK.styles["failed"]


def test_own_themes_follow_xdg(tmp_path: Path) -> None:
    wanted = tmp_path / "devops-tui" / "themes"
    assert own_folder({"XDG_CONFIG_HOME": str(tmp_path)}) == wanted


async def test_own_themes_are_used_and_a_bad_one_is_a_notice(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nbase:\n  background: '#102030'\n", "utf-8")
    (tmp_path / "bad.yaml").write_text("roles:\n  faild: red\n", "utf-8")
    async with driving(options=Options(theme="mine", own_themes=tmp_path)) as driver:
        await driver.until_said("bad.yaml:2:3: unknown key 'faild'")
        await driver.until(lambda: driver.app.theme == "mine")
        ground = driver.table("fleet-rows").render_line(2)._segments[0].style
        assert ground is not None
        assert ground.bgcolor is not None
        assert ground.bgcolor.name == "#102030"
        driver.app.commander.type("theme nonsense")
        await driver.until_said("no theme nonsense")
        for name in SHIPPED:
            driver.app.commander.type(f"theme {name}")
            await driver.until(lambda name=name: driver.app.theme == name)  # type: ignore[misc]
