"""The few lines that a balancer's own configuration needs, so that a switch can choose there."""

from __future__ import annotations

import json
from collections.abc import Callable

from devops_tui.domain import tester_lines
from devops_tui.domain.cloud_lines import cloud_lines
from devops_tui.domain.cloud_switching import AlbConfig, KubernetesConfig, Route53Config
from devops_tui.domain.switching import (
    CaddyConfig,
    CommandConfig,
    EnvoyConfig,
    NginxConfig,
    NginxIncludeConfig,
    TraefikConfig,
)
from devops_tui.domain.traffic import Colour, HaproxyConfig, Service, SwitchConfig


def switch_lines(service: Service) -> tuple[str, ...]:
    """What to write on each balancer, with comments that say where; empty without a switch."""
    config = service.switch
    if config is None:
        return ()
    return _of(config, service)


def _of(config: SwitchConfig, service: Service) -> tuple[str, ...]:
    match config:
        case HaproxyConfig():
            return _haproxy(config, service)
        case NginxConfig():
            chosen = ("set $colour blue;", f"if (-f {config.flag}) {{ set $colour green; }}")
            return (*_folder(config.flag), *_nginx(chosen, service))
        case NginxIncludeConfig():
            return (
                *_folder(config.include),
                f"# in {config.include}:",
                "set $colour blue; # fence 0",
                *_nginx((f"include {config.include};",), service),
                f"# the login may run: {config.test}; {config.reload}",
            )
        case CaddyConfig():
            return _caddy(config, service)
        case EnvoyConfig():
            return _envoy(config, service)
        case TraefikConfig():
            return _traefik(config, service)
        case CommandConfig():
            return (
                f"# {config.run} must know these verbs (docs/workspace.md, A program of yours):",
                f"{config.run} read",
                f"{config.run} prepare green 7",
                f"{config.run} commit green 7",
                f"{config.run} verify",
            )
        case AlbConfig() | Route53Config() | KubernetesConfig():
            return cloud_lines(config, service.name)


def _places(service: Service, colour: Colour) -> list[str]:
    servers = service.colours[colour]
    return [f"{host}:{servers.port_of(host)}" for host in servers.hosts]


def _folder(path: str) -> tuple[str, ...]:
    folder = path.rpartition("/")[0] or "/"
    return (
        "# once, as root; LOGIN is who devops-tui logs in as; flock(1) must be there:",
        f"install -d -o LOGIN -m 755 {folder}",
    )


def _haproxy(config: HaproxyConfig, service: Service) -> tuple[str, ...]:
    def named(colour: str) -> str:
        return config.backend.format(service=service.name, colour=colour)

    chosen = named(f"%[str({config.key}),map({config.map})]")
    choice = [f"    use_backend {chosen}"]
    if config.is_weighted:
        choice = _shares(config, named)
    if service.testers is not None:
        choice = [*tester_lines.of_haproxy(service.testers, named), *choice]
    lines = [
        f"# in {config.map}, which LOGIN may replace with its folder:",
        f"{config.key} blue",
        "# in haproxy.cfg:",
        "global",
        f"    stats socket {config.socket} mode 660 level admin",
        "frontend door",
        *choice,
    ]
    for colour in Colour:
        lines.append(f"backend {named(colour)}")
        lines += [f"    server {p.split(':')[0]} {p}" for p in _places(service, colour)]
    return tuple(lines)


def _shares(config: HaproxyConfig, named: Callable[[str], str]) -> list[str]:
    """Green's share is a third entry of the map; until it is there the colour decides."""
    share, variable = f"str({config.key}.green),map({config.map}", f"txn.{config.key}_green"
    whole = named(f"%[str({config.key}),map({config.map})]")
    return [
        f"    http-request set-var({variable}) {share},0),add(0)",
        f"    use_backend {whole} unless {{ {share}) -m found }}",
        f"    use_backend {named('green')} if {{ rand(100),sub({variable}) lt 0 }}",
        f"    use_backend {named('blue')}",
    ]


def _nginx(chosen: tuple[str, ...], service: Service) -> tuple[str, ...]:
    lines = ["# in nginx's http block:"]
    for colour in Colour:
        servers = " ".join(f"server {place};" for place in _places(service, colour))
        lines.append(f"upstream {service.name}_{colour} {{ {servers} }}")
    lines += ["# in its server block:", *chosen]
    if service.testers is not None:
        lines += tester_lines.of_nginx(service.testers)
    return (*lines, f"location / {{ proxy_pass http://{service.name}_$colour; }}")


def _caddy(config: CaddyConfig, service: Service) -> tuple[str, ...]:
    def proxy(colour: Colour) -> dict[str, list[dict[str, object]]]:
        dials = [{"dial": place} for place in _places(service, colour)]
        return {"handle": [{"handler": "reverse_proxy", "upstreams": dials}]}

    holder = {"@id": config.id, "handler": "vars", "colour": "blue", "fence": "0"}
    is_green = {"match": [{"vars": {"{http.vars.colour}": ["green"]}}]}
    asked: tuple[dict[str, object], ...] = ()
    if service.testers is not None:
        asked = tester_lines.of_caddy(service.testers, {c: proxy(c)["handle"] for c in Colour})
    routes: list[dict[str, object]] = [
        {"handle": [holder]},
        *asked,
        {**is_green, **proxy(Colour.GREEN)},
        {**proxy(Colour.BLUE)},
    ]
    start = f"caddy run --config {config.file}" if config.file else "caddy run --resume"
    return (
        "# the routes of the server, in Caddy's JSON (`caddy adapt` makes JSON of a Caddyfile):",
        *(f"{json.dumps(route)}," for route in routes[:-1]),
        json.dumps(routes[-1]),
        f"# Caddy must start by: {start}",
    )


def _envoy_disk(folder: str) -> tuple[str, ...]:
    if not folder:
        return ()
    return (
        "  - name: kept  (its folder must be there before Envoy starts, and be the login's)",
        f"    disk_layer: {{symlink_root: {folder}/current}}",
    )


def _envoy(config: EnvoyConfig, service: Service) -> tuple[str, ...]:
    names = {c: config.cluster.format(service=service.name, colour=c.value) for c in Colour}
    lines = [
        "layered_runtime:",
        "  layers:",
        "  - name: first",
        f"    static_layer: {{{config.key}.{names[Colour.BLUE]}: 100, "
        f"{config.key}.{names[Colour.GREEN]}: 0}}",
        *_envoy_disk(config.runtime),
        "  - {name: admin, admin_layer: {}}",
        "# in the route:",
        "weighted_clusters:",
        f"  runtime_key_prefix: {config.key}",
        "  clusters:",
        f"  - {{name: {names[Colour.BLUE]}, weight: 100}}",
        f"  - {{name: {names[Colour.GREEN]}, weight: 0}}",
    ]
    if service.testers is not None:
        lines.append("# routes before that one:")
        lines += tester_lines.of_envoy(service.testers, lambda colour: names[Colour(colour)])
    return tuple(lines)


def _traefik(config: TraefikConfig, service: Service) -> tuple[str, ...]:
    names = {c: config.backend.format(service=service.name, colour=c.value) for c in Colour}
    lines = [
        *_folder(config.file),
        f"# in {config.file}, which is ours alone:",
        "# fence 0",
        "http:",
        "  services:",
        f"    {config.service}:",
        "      weighted:",
        "        services:",
        f"          - name: {names[Colour.BLUE]}",
        "            weight: 1",
        f"          - name: {names[Colour.GREEN]}",
        "            weight: 0",
        "# in another file of the same folder: a router with "
        f"`service: {config.service}`, and the services {names[Colour.BLUE]}, "
        f"{names[Colour.GREEN]}",
        *_asked_of_traefik(config, service),
        f"# in traefik.yml: providers.file.directory with watch, and the API on port {config.api}",
    ]
    return tuple(lines)


def _asked_of_traefik(config: TraefikConfig, service: Service) -> tuple[str, ...]:
    if service.testers is None:
        return ()

    def named(colour: str) -> str:
        return config.backend.format(service=service.name, colour=colour)

    routers = tester_lines.of_traefik(service.testers, config.service, named)
    return ("# among the routers of that file:", *(f"    {router}" for router in routers))
