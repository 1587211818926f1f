"""The switch of a service that is a provider's API, from its model."""

from __future__ import annotations

from devops_tui.config.models_cloud import AlbModel, AwsModel, KubernetesModel, Route53Model
from devops_tui.domain.cloud_switching import (
    AlbConfig,
    AwsLogin,
    KubernetesConfig,
    Route53Config,
)
from devops_tui.domain.ids import THIS_MACHINE, HostName


def compile_alb(model: AlbModel) -> AlbConfig:
    """Rules by the balancers' names."""
    return AlbConfig(
        dict(model.rules), model.group, dict(model.doors), _login(model.login), model.settle
    )


def compile_route53(model: Route53Model) -> Route53Config:
    """One balancer, which bears the record's name; clients knock there by HTTP if not said."""
    door = model.door or f"http://{model.record}"
    return Route53Config(
        model.zone,
        model.record,
        tuple(dict.fromkeys(model.types)),
        model.set,
        {model.record: door},
        _login(model.login),
        model.settle,
    )


def compile_kubernetes(name: str, model: KubernetesModel) -> KubernetesConfig:
    """Contexts by the balancers' names; the Service bears `name` when it is not said."""
    return KubernetesConfig(
        dict(model.clusters),
        model.namespace,
        model.service or name,
        model.label,
        HostName(model.host) if model.host else THIS_MACHINE,
        model.kubectl,
        dict(model.doors),
        model.settle,
    )


def _login(model: AwsModel) -> AwsLogin:
    return AwsLogin(model.profile, model.key, model.secret)
