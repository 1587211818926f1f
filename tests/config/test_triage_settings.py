"""The runbook and the limits of `triage:`."""

from __future__ import annotations

from pathlib import Path

import pytest

from devops_tui.config.load import load
from devops_tui.domain.errors import ConfigError


def test_a_runbook_and_limits(tmp_path: Path) -> None:
    (tmp_path / "runbook.md").write_text("# Shop\n")
    file = tmp_path / "devops.yaml"
    file.write_text(
        "name: shop\ntriage:\n  runbook: runbook.md\n  limits: {cpu: 80, iowait: 2.5}\n"
    )
    workspace = load(tmp_path)
    assert workspace.runbook == str(tmp_path / "runbook.md")
    assert workspace.host_limits == {"cpu": 0.8, "iowait": 0.025}


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("  runbook: nowhere.md\n", "devops.yaml:3:12"),
        ("  limits: {cpu: 101}\n", "devops.yaml:3:17"),
        ("  limits: {gpu: 50}\n", "devops.yaml:3:12"),
    ],
)
def test_mistakes_have_their_place(tmp_path: Path, written: str, place: str) -> None:
    file = tmp_path / "devops.yaml"
    file.write_text("name: shop\ntriage:\n" + written)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    (mistake,) = caught.value.mistakes
    assert f"{Path(mistake.file).name}:{mistake.line}:{mistake.column}" == place
