"""Where a workspace is looked for, and where its state lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from devops_tui.bootstrap.paths import config_home, find_workspace, paths_of, state_home


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_STATE_HOME": str(tmp_path / "s")}


def a_workspace(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "devops.yaml").write_text("name: x\n")
    return folder / "devops.yaml"


def test_the_nearest_parent_s_workspace_is_meant(tmp_path: Path, environ: dict[str, str]) -> None:
    config = a_workspace(tmp_path / "w")
    below = tmp_path / "w" / "a" / "b"
    below.mkdir(parents=True)
    found = find_workspace(None, below, environ)
    assert found is not None
    assert found.config == config


def test_state_lies_below_the_xdg_state_folder(tmp_path: Path, environ: dict[str, str]) -> None:
    found = paths_of(a_workspace(tmp_path / "my shop"), environ)
    assert found.state.parent == tmp_path / "s" / "devops-tui"
    assert found.state.name.startswith("my-shop-")


def test_two_workspaces_of_one_name_do_not_share_state(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    one = paths_of(a_workspace(tmp_path / "a" / "shop"), environ)
    two = paths_of(a_workspace(tmp_path / "b" / "shop"), environ)
    assert one.state != two.state


def test_state_beside_the_configuration_wins(tmp_path: Path, environ: dict[str, str]) -> None:
    config = a_workspace(tmp_path / "w")
    (tmp_path / "w" / ".devops-tui").mkdir()
    assert paths_of(config, environ).state == tmp_path / "w" / ".devops-tui"


@pytest.mark.parametrize("place", ["shop/devops.yaml", "shop.yaml"])
def test_a_name_means_one_of_the_xdg_configuration(
    tmp_path: Path, environ: dict[str, str], place: str
) -> None:
    config = config_home(environ) / place
    config.parent.mkdir(parents=True)
    config.write_text("name: shop\n")
    found = find_workspace("shop", tmp_path, environ)
    assert found is not None
    assert found.config == config


def test_the_environment_names_a_workspace(tmp_path: Path, environ: dict[str, str]) -> None:
    config = a_workspace(tmp_path / "w")
    found = find_workspace(None, tmp_path, {**environ, "DEVOPS_TUI_WORKSPACE": str(config.parent)})
    assert found is not None
    assert found.config == config


def test_nothing_is_found_where_nothing_is(tmp_path: Path, environ: dict[str, str]) -> None:
    assert find_workspace("nowhere", tmp_path, environ) is None


def test_a_relative_xdg_folder_is_ignored() -> None:
    assert state_home({"XDG_STATE_HOME": "here"}) == Path.home() / ".local/state/devops-tui"
