"""The switch of a service, from its model."""

from __future__ import annotations

from devops_tui.config.compile_cloud import compile_alb, compile_kubernetes, compile_route53
from devops_tui.config.compile_fleet import Fleet
from devops_tui.config.models_switch import HaproxyModel, NginxModel, SwitchModel
from devops_tui.domain.switching import (
    CaddyConfig,
    CommandConfig,
    EnvoyConfig,
    NginxConfig,
    NginxIncludeConfig,
    TraefikConfig,
)
from devops_tui.domain.traffic import HaproxyConfig, SwitchConfig


def compile_switch(name: str, model: SwitchModel, fleet: Fleet) -> SwitchConfig | None:
    """The configuration of the kind that is named; keys that are left out bear `name`."""
    if model.haproxy is not None:
        return _haproxy(name, model.haproxy, fleet)
    if model.nginx is not None:
        return _nginx(model.nginx, fleet)
    if model.caddy is not None:
        caddy = model.caddy
        hosts = fleet.expand(caddy.hosts)
        return CaddyConfig(hosts, caddy.admin, caddy.id or name, caddy.file or "", caddy.port)
    if model.envoy is not None:
        envoy = model.envoy
        hosts = fleet.expand(envoy.hosts)
        return EnvoyConfig(
            hosts,
            envoy.admin,
            envoy.key or name,
            envoy.cluster,
            envoy.port,
            envoy.runtime or "",
        )
    if model.traefik is not None:
        of = model.traefik
        hosts = fleet.expand(of.hosts)
        return TraefikConfig(hosts, of.file, of.api, of.service or name, of.backend, of.port)
    if model.command is not None:
        command = model.command
        hosts = fleet.expand(command.hosts)
        return CommandConfig(hosts, command.run, tuple(command.can), command.port)
    return _cloud(name, model)


def _cloud(name: str, model: SwitchModel) -> SwitchConfig | None:
    if model.alb is not None:
        return compile_alb(model.alb)
    if model.route53 is not None:
        return compile_route53(model.route53)
    if model.kubernetes is not None:
        return compile_kubernetes(name, model.kubernetes)
    return None


def _nginx(model: NginxModel, fleet: Fleet) -> SwitchConfig:
    hosts = fleet.expand(model.hosts)
    if model.include is None:
        return NginxConfig(hosts, model.flag or "", model.port)
    return NginxIncludeConfig(hosts, model.include, model.reload, model.test, model.pid, model.port)


def _haproxy(name: str, model: HaproxyModel, fleet: Fleet) -> HaproxyConfig:
    return HaproxyConfig(
        hosts=fleet.expand(model.hosts),
        socket=model.socket,
        map=model.map,
        key=model.key or name,
        backend=model.backend,
        port=model.port,
        is_weighted=model.weighted,
    )
