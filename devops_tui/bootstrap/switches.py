"""The switch of each kind that a workspace may name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from devops_tui.bootstrap.cloud_switches import cloud_commands, cloud_switch
from devops_tui.domain.cloud_switching import AlbConfig, KubernetesConfig, Route53Config
from devops_tui.domain.ids import HostName
from devops_tui.domain.switching import (
    CaddyConfig,
    CommandConfig,
    EnvoyConfig,
    NginxConfig,
    NginxIncludeConfig,
    TraefikConfig,
)
from devops_tui.domain.traffic import Colour, Service, SwitchConfig
from devops_tui.ports.switch import Switch
from devops_tui.ports.transport import Links, Transport
from devops_tui.switches.aws import AwsClients
from devops_tui.switches.caddy import CaddySwitch, caddy_plan
from devops_tui.switches.command import CommandSwitch, command_plan
from devops_tui.switches.envoy import EnvoySwitch, envoy_plan
from devops_tui.switches.haproxy import HaproxySwitch, plan_of
from devops_tui.switches.nginx import NginxSwitch, nginx_plan
from devops_tui.switches.nginx_include import NginxIncludeSwitch, include_plan
from devops_tui.switches.traefik import TraefikSwitch, traefik_plan
from devops_tui.transports.secrets import ReferencedSecrets

Cloud = AlbConfig | Route53Config | KubernetesConfig


def switches_of(links: Links) -> Callable[[Service], Sequence[Switch]]:
    """Gives the switches of a service, one for each balancer; none when it has none."""
    clients = AwsClients(ReferencedSecrets().resolve)

    def switches(service: Service) -> Sequence[Switch]:
        config = service.switch
        if config is None:
            return ()
        if isinstance(config, Cloud):
            return [
                cloud_switch(links, clients, config, host, service.name) for host in config.hosts
            ]
        return [switch_of(links.to(host), config, service) for host in config.hosts]

    return switches


def commands_of(
    config: SwitchConfig, service: str, to: Colour, host: HostName | None = None
) -> tuple[str, ...]:
    """The exact commands of a change on a balancer, the first one if none is named."""
    match config:
        case AlbConfig() | Route53Config() | KubernetesConfig():
            return cloud_commands(config, service, to, host or config.hosts[0])
        case NginxConfig():
            return nginx_plan(config, to)
        case NginxIncludeConfig():
            return include_plan(config, to)
        case CaddyConfig():
            return caddy_plan(config, to)
        case EnvoyConfig():
            return envoy_plan(config, service, to)
        case TraefikConfig():
            return traefik_plan(config, service, to)
        case CommandConfig():
            return command_plan(config, to)
    return plan_of(config, to)


def switch_of(transport: Transport, config: SwitchConfig, service: Service) -> Switch:
    """The switch of one balancer that is a host."""
    match config:
        case AlbConfig() | Route53Config() | KubernetesConfig():
            raise TypeError(f"{config.kind} is no program on a host: see cloud_switch")
        case NginxConfig():
            return NginxSwitch(transport, config)
        case NginxIncludeConfig():
            return NginxIncludeSwitch(transport, config)
        case CaddyConfig():
            return CaddySwitch(transport, config)
        case EnvoyConfig():
            return EnvoySwitch(transport, config, service)
        case TraefikConfig():
            return TraefikSwitch(transport, config, service)
        case CommandConfig():
            return CommandSwitch(transport, config)
    return HaproxySwitch(transport, config, service)
