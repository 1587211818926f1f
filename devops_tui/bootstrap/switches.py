"""The switch of each kind that a workspace may name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from devops_tui.domain.switching import NginxConfig
from devops_tui.domain.traffic import Colour, Service, SwitchConfig
from devops_tui.ports.switch import Switch
from devops_tui.ports.transport import Links, Transport
from devops_tui.switches.haproxy import HaproxySwitch, plan_of
from devops_tui.switches.nginx import NginxSwitch, nginx_plan


def switches_of(links: Links) -> Callable[[Service], Sequence[Switch]]:
    """Gives the switches of a service, one for each balancer; none when it has none."""

    def switches(service: Service) -> Sequence[Switch]:
        config = service.switch
        if config is None:
            return ()
        return [_switch(links.to(host), config, service) for host in config.hosts]

    return switches


def commands_of(config: SwitchConfig, to: Colour) -> tuple[str, ...]:
    """The exact commands of a change on each balancer; needs no link."""
    if isinstance(config, NginxConfig):
        return nginx_plan(config, to)
    return plan_of(config, to)


def _switch(transport: Transport, config: SwitchConfig, service: Service) -> Switch:
    if isinstance(config, NginxConfig):
        return NginxSwitch(transport, config)
    return HaproxySwitch(transport, config, service)
