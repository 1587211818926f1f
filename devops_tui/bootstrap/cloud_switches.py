"""The switches that are a provider's API: they need clients, or a host with a program."""

from __future__ import annotations

from devops_tui.domain.cloud_switching import AlbConfig, KubernetesConfig, Route53Config
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour
from devops_tui.ports.switch import Switch
from devops_tui.ports.transport import Links
from devops_tui.switches.alb import AlbSwitch, alb_plan, region_of
from devops_tui.switches.aws import AwsClients
from devops_tui.switches.kubernetes import KubernetesSwitch, kubernetes_plan
from devops_tui.switches.route53 import Route53Switch, route53_plan

_GLOBAL = "us-east-1"  # where requests to Route 53 are signed for

CloudConfig = AlbConfig | Route53Config | KubernetesConfig


def cloud_switch(
    links: Links, clients: AwsClients, config: CloudConfig, host: HostName, service: str
) -> Switch:
    """The switch of one balancer."""
    match config:
        case AlbConfig():
            client = clients.of(config.login, "elbv2", region_of(config.rules[host]))
            return AlbSwitch(client, config, host, service)
        case Route53Config():
            return Route53Switch(clients.of(config.login, "route53", _GLOBAL), config, service)
        case KubernetesConfig():
            return KubernetesSwitch(links.to(config.via), config, host)


def cloud_commands(
    config: CloudConfig, service: str, to: Colour, host: HostName
) -> tuple[str, ...]:
    """The exact commands of a change on one balancer; needs no link."""
    match config:
        case AlbConfig():
            return alb_plan(config, service, to, host)
        case Route53Config():
            return route53_plan(config, service, to)
        case KubernetesConfig():
            return kubernetes_plan(config, to, host)
