"""Slow questions to hosts, and where figures go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from devops_tui.config.documents import Files
from devops_tui.config.fields import unique
from devops_tui.config.models_database import DatabaseModel, LogFilesModel
from devops_tui.config.models_slow import (
    CertificatesModel,
    CheckModel,
    ExportModel,
)
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Path, shown
from devops_tui.domain.export import Credentials, Export
from devops_tui.domain.slow_plan import (
    Certificates,
    Check,
    Database,
    DatabaseKind,
    LogFiles,
    SlowPlan,
)


def compile_slow(files: Files, report: Report) -> SlowPlan:
    """Checks and certificates."""
    checks: dict[str, Check] = {}
    for path, data in _listed(files, "checks"):
        model = report.check(CheckModel, data, files.main, path)
        if model is None:
            continue
        if model.name in checks:
            what = f"two checks are called `{shown(model.name)}`"
            report.add(files.main, (*path, "name"), what, "give one of them another name")
        _refuse_unknown(model.groups, path, files, report)
        checks[model.name] = Check(
            model.name, model.run, model.every, model.timeout, unique(model.groups)
        )
    certificates = []
    for path, data in _listed(files, "certificates"):
        found = report.check(CertificatesModel, data, files.main, path)
        if found is None:
            continue
        if not (found.files or found.ports):
            report.add(files.main, path, "no certificate is named", "write `files` or `ports`")
        _refuse_unknown(found.groups, path, files, report)
        certificates.append(
            Certificates(
                unique(found.files), unique(found.ports), found.warn / 86400, unique(found.groups)
            )
        )
    databases = _databases(files, report)
    return SlowPlan(tuple(checks.values()), tuple(certificates), databases, _logs(files, report))


def _databases(files: Files, report: Report) -> tuple[Database, ...]:
    found: dict[str, Database] = {}
    for path, data in _listed(files, "databases"):
        model = report.check(DatabaseModel, data, files.main, path)
        if model is None:
            continue
        if model.name in found:
            what = f"two databases are called `{shown(model.name)}`"
            report.add(files.main, (*path, "name"), what, "give one of them another name")
        _refuse_unknown(model.groups, path, files, report)
        found[model.name] = Database(
            model.name,
            DatabaseKind(model.kind),
            model.server,
            model.port or 0,
            model.user,
            model.database,
            model.password,
            model.every,
            unique(model.groups),
        )
    return tuple(found.values())


def _logs(files: Files, report: Report) -> tuple[LogFiles, ...]:
    found = []
    for path, data in _listed(files, "log_files"):
        model = report.check(LogFilesModel, data, files.main, path)
        if model is not None:
            _refuse_unknown(model.groups, path, files, report)
            found.append(LogFiles(unique(model.files), unique(model.groups)))
    return tuple(found)


def compile_export(files: Files, report: Report) -> Export:
    """Where figures go; nowhere unless it is written."""
    model = report.check(ExportModel, files.section("export"), files.main, ("export",))
    if model is None:
        return Export()
    address, port = model.listen or ("127.0.0.1", 0)
    write = model.remote_write
    if write is None:
        return Export(address, port)
    who = credentials(write, files, ("export", "remote_write"), report)
    return Export(address, port, write.url, write.every, who)


class LoginModel(Protocol):
    """A model with the three keys of a login."""

    @property
    def user(self) -> str:
        """Empty for nobody."""
        ...

    @property
    def password(self) -> str:
        """A reference."""
        ...

    @property
    def token(self) -> str:
        """A reference."""
        ...


def credentials(model: LoginModel, files: Files, path: Path, report: Report) -> Credentials:
    """Who we are there; notes a token beside a password, and a password of nobody."""
    if model.token and (model.password or model.user):
        report.add(files.main, path, "a token and a password", "keep one of the two")
    elif bool(model.password) != bool(model.user):
        report.add(files.main, path, "`user` and `password` belong together", "write both")
    return Credentials(model.user, model.password, model.token)


def _listed(files: Files, section: str) -> Iterator[tuple[Path, Any]]:
    found = files.main.data.get(section)
    for index, data in enumerate(found if isinstance(found, list) else []):
        yield (section, index), data


def _refuse_unknown(groups: Sequence[str], path: Path, files: Files, report: Report) -> None:
    for group in groups:
        if not report.names.knows("group", group):
            todo = report.choose(group, report.names.group, "name a group of hosts")
            what = f"unknown group `{shown(group)}`"
            report.add(files.main, (*path, "groups"), what, todo)
