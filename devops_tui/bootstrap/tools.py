"""The tools of the configuration: which module reads which kind, and by which login."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING

from devops_tui.domain.errors import ToolSilent
from devops_tui.domain.tool import Finding, Reading, ToolKind, ToolSettings
from devops_tui.domain.workspace import Workspace
from devops_tui.ports.runtime import Clock, Secrets
from devops_tui.ports.store import Store
from devops_tui.ports.tool import ToolReader

if TYPE_CHECKING:
    from devops_tui.integrations.tools.web import HttpToolWeb

_BEARER = ("Authorization", "Bearer {}")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the reader of a kind is, and how such a tool wants to be asked."""

    module: str
    token_header: tuple[str, str] | None = _BEARER
    accept: str = "application/json"


_PLACES: Mapping[ToolKind, _Place] = {
    ToolKind.JENNIFER: _Place("jennifer"),
    ToolKind.PINPOINT: _Place("pinpoint"),
    ToolKind.NEWRELIC: _Place("newrelic", ("API-Key", "{}")),
    ToolKind.SPLUNK: _Place("splunk"),
    ToolKind.FLUENTD: _Place("fluentd"),
    ToolKind.ELASTICSEARCH: _Place("elasticsearch", ("Authorization", "ApiKey {}")),
    ToolKind.BUILDBOT: _Place("buildbot"),
    ToolKind.SPINNAKER: _Place("spinnaker"),
    ToolKind.BAMBOO: _Place("bamboo"),
    ToolKind.GOCD: _Place("gocd", accept="application/vnd.go.cd+json"),
    ToolKind.JENKINS: _Place("jenkins"),
    ToolKind.INFLUXDB: _Place("influxdb", ("Authorization", "Token {}")),
    ToolKind.GRAFANA: _Place("grafana"),
    ToolKind.ALERTMANAGER: _Place("alertmanager"),
    ToolKind.ICINGA: _Place("icinga"),
    ToolKind.ZABBIX: _Place("zabbix", None),
    ToolKind.SENSU: _Place("sensu", ("Authorization", "Key {}")),
    ToolKind.NAGIOS: _Place("nagios"),
    ToolKind.PROMETHEUS: _Place("prometheus"),
}


def web_of(settings: ToolSettings, secrets: Secrets) -> HttpToolWeb:
    """HTTP to a tool, logged in as its kind wants it."""
    from devops_tui.integrations.tools.web import HttpToolWeb

    place = _PLACES[settings.kind]
    return HttpToolWeb(settings, secrets, place.token_header, accept=place.accept)


def reader_of(kind: ToolKind) -> str:
    """The module that reads a kind; it implements ports.tool.ToolReader."""
    return f"devops_tui.integrations.tools.{_PLACES[kind].module}"


class ConnectedTool:
    """Implements ports.tool.Tool; what it says is masked before anybody keeps it."""

    def __init__(
        self, settings: ToolSettings, secrets: Secrets, mask: Callable[[str], str]
    ) -> None:
        self._settings = settings
        self._mask = mask
        self._web = web_of(settings, secrets)
        self._reader: ToolReader = import_module(reader_of(settings.kind))

    @property
    def settings(self) -> ToolSettings:
        """What the configuration says."""
        return self._settings

    async def read(self) -> Reading:
        """What it says now; raises ToolSilent."""
        try:
            found = await self._reader.read(self._web, self._settings)
        except ToolSilent as error:
            raise ToolSilent(self._mask(error.title), self._mask(error.hint)) from None
        return replace(
            found,
            version=self._mask(found.version),
            findings=tuple(self._masked(f) for f in found.findings),
        )

    def _masked(self, found: Finding) -> Finding:
        mask = self._mask
        return replace(
            found,
            id=mask(found.id),
            name=mask(found.name),
            text=mask(found.text),
            host=mask(found.host),
            url=mask(found.url),
        )


def tool_duties(
    store: Store,
    clock: Clock,
    workspace: Workspace,
    secrets: Secrets,
    mask: Callable[[str], str],
    changed: Callable[[], Awaitable[None]],
) -> Sequence[Callable[[], Awaitable[None]]]:
    """One watch a tool; nothing is loaded where there is none."""
    if not workspace.tools:
        return ()
    from devops_tui.services.tools.incidents import ToolIncidents
    from devops_tui.services.tools.watch import ToolWatch

    incidents = ToolIncidents(store, clock, workspace)
    return [
        ToolWatch(store, clock, ConnectedTool(settings, secrets, mask), incidents, changed).watch
        for settings in workspace.tools
    ]
