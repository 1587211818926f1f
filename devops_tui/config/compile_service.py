"""Services: colours on hosts, and the switch between them."""

from __future__ import annotations

from collections.abc import Iterable

from devops_tui.config.compile_fleet import Fleet
from devops_tui.config.compile_switch import compile_switch
from devops_tui.config.compile_watch import compile_watch
from devops_tui.config.documents import Entry
from devops_tui.config.models_hosts import host_count
from devops_tui.config.models_service import (
    ColourModel,
    ServiceModel,
    TestersModel,
)
from devops_tui.config.report import Report
from devops_tui.config.yaml_events import Path, shown
from devops_tui.domain.ids import ServiceName
from devops_tui.domain.switching import PreviewRequest
from devops_tui.domain.traffic import (
    Colour,
    HealthCheck,
    Servers,
    Service,
)

_Taken = dict[tuple[str, int], str]


def compile_services(found: Iterable[Entry], fleet: Fleet, report: Report) -> dict[str, Service]:
    """The services; no two colours of any of them share a host and a port."""
    services: dict[str, Service] = {}
    taken: _Taken = {}
    for entry in found:
        model = report.check(ServiceModel, entry.data, entry.document, entry.path)
        if model is None:
            continue
        colours: dict[Colour, Servers] = {}
        for colour in Colour:
            part: ColourModel | None = getattr(model.colours, colour)
            if part is not None:
                colours[colour] = _servers(entry, colour, part, fleet, taken, report)
        if model.switch is not None and len(colours) < 2:
            what = f"service `{shown(entry.name)}` has a switch but one colour"
            todo = "add `green:`, or leave the switch out"
            report.add(entry.document, (*entry.path, "colours"), what, todo, of_key=True)
        service = _service(entry.name, model, colours, fleet)
        _check_canary(entry, service, report)
        _check_testers(entry, service, report)
        services[entry.name] = service
    return services


def _servers(
    entry: Entry, colour: Colour, model: ColourModel, fleet: Fleet, taken: _Taken, report: Report
) -> Servers:
    path: Path = (*entry.path, "colours", colour.value)
    servers = Servers(fleet.expand(model.hosts), model.port, dict(model.ports))
    for host in model.ports:
        if host not in servers.hosts:
            todo = report.choose(host, servers.hosts, "name a host of this colour")
            what = f"`{shown(host)}` is no host of this colour"
            report.add(entry.document, (*path, "ports", host), what, todo, of_key=True)
    for host in servers.hosts:
        port = servers.port_of(host)
        other = taken.setdefault((host, port), f"{entry.name} {colour}")
        if other != f"{entry.name} {colour}":
            key = ("ports", host) if host in model.ports else ("port",)
            what = f"{host} port {port} serves {other} already"
            todo = "give each colour a port of its own, or other hosts"
            report.add(entry.document, (*path, *key), what, todo)
    return servers


def _check_canary(entry: Entry, service: Service, report: Report) -> None:
    switch = service.switch
    if not service.canary or (switch is not None and switch.abilities.is_weighted):
        return
    what, todo = "a canary needs a `switch`", "give the service one, or leave `canary` out"
    if switch is not None:
        what = f"its {switch.kind} switch cannot give a colour a share of the requests"
        kinds = "alb, envoy, route53, traefik, or haproxy with `weighted: true`"
        todo = f"leave `canary` out, or use {kinds}"
    report.add(entry.document, (*entry.path, "canary"), what, todo, of_key=True)


def _check_testers(entry: Entry, service: Service, report: Report) -> None:
    switch = service.switch
    if service.testers is None or (switch is not None and switch.abilities.routes_testers):
        return
    what, todo = "`testers` need a `switch`", "give the service one, or leave `testers` out"
    if switch is not None:
        what = f"its {switch.kind} switch does not say that it can route testers"
        todo = "write `testers` among its `can`, or leave `testers` out"
    report.add(entry.document, (*entry.path, "testers"), what, todo, of_key=True)


def _testers(model: TestersModel | None) -> PreviewRequest | None:
    return PreviewRequest(model.header or "", model.cookie or "") if model is not None else None


def _service(
    name: str, model: ServiceModel, colours: dict[Colour, Servers], fleet: Fleet
) -> Service:
    health = model.health
    return Service(
        name=ServiceName(name),
        environment=model.environment,
        colours=colours,
        switch=compile_switch(name, model.switch, fleet) if model.switch is not None else None,
        health=HealthCheck(
            path=health.path,
            status=health.status,
            version_header=health.version_header,
            interval_s=health.interval,
            timeout_s=health.timeout,
        ),
        up=model.up,
        install_dir=model.install_dir,
        bake_s=model.bake,
        keep_warm_s=model.keep_warm,
        drain_s=model.drain,
        canary=tuple(model.canary),
        canary_step_s=model.canary_step,
        down=model.down,
        batches=tuple(host_count(size) for size in model.batches),
        testers=_testers(model.testers),
        watch=compile_watch(model.watch),
    )
