"""Reads one key of devops.yaml, `store`: it has to be known before anything else can be."""

from __future__ import annotations

from pathlib import Path

from devops_tui.config.files import main_file, read_bytes
from devops_tui.config.models import StoreModel, as_store
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import parse
from devops_tui.domain.errors import ConfigError, Mistake


def read_store(path: Path) -> StoreModel | None:
    """The store that the main file names; None when it names none.

    Mistakes elsewhere in the file do not matter here, as long as it is YAML.

    Raises:
        ConfigError: The file cannot be read, or the key is wrong.
    """
    file = main_file(path)
    try:
        document = parse(read_bytes(file), str(file))
    except OSError as error:
        raise ConfigError(
            (Mistake(str(file), 1, 1, f"cannot be read: {error.strerror}"),)
        ) from None
    report = Report()
    if not document.is_whole or not isinstance(document.data, dict):
        report.take_flaws(document)
        report.end()
        return None
    value = document.data.get("store")
    if value is None:
        return None
    found = report.check(StoreModel, as_store(value), document, ("store",))
    report.end()
    return found
