"""How switches that are a provider's API are configured, and what each can promise.

Their balancers are no hosts: each has a name of its own, and a front door that may be
named by a URL. Without one, what serves is only read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from devops_tui.domain.ids import THIS_MACHINE, HostName
from devops_tui.domain.switching import SwitchAbilities

CONTRACT = "contract"
"""Tested against a double of what the provider publishes, never against the provider."""


@dataclass(frozen=True, slots=True)
class AwsLogin:
    """Who we are to AWS; all empty for the first that AWS's own chain finds.

    Attributes:
        profile: A section of the AWS configuration files of whoever runs the worker.
        key, secret: References to secrets, both or none.
    """

    profile: str = ""
    key: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class AlbConfig:
    """Rules or listeners of Application Load Balancers that forward to two target groups.

    Attributes:
        rules: Balancer's name to the ARN of a listener's rule, or of a listener.
        group: Name of the target group of a colour, with {service} and {colour}.
        doors: Balancer's name to the URL that clients use.
        settle_s: How long after a change some node may still follow the old weights.
    """

    rules: Mapping[str, str]
    group: str = "{service}-{colour}"
    doors: Mapping[str, str] = field(default_factory=dict)
    login: AwsLogin = AwsLogin()
    settle_s: float = 10.0
    port: int = 80
    kind: ClassVar[str] = "alb"
    via: ClassVar[HostName] = THIS_MACHINE  # where the front doors are reached from

    @property
    def hosts(self) -> tuple[HostName, ...]:
        """The balancers' names."""
        return tuple(map(HostName, self.rules))

    @property
    def abilities(self) -> SwitchAbilities:
        """AWS compares nothing, says nothing of what is in flight, and has many nodes."""
        return _abilities(self.settle_s, is_fenced=False, is_weighted=True, moves_held=True)


@dataclass(frozen=True, slots=True)
class Route53Config:
    """Weighted records of one name, one of each colour, and a TXT record beside them.

    Attributes:
        zone: Id of the hosted zone.
        record: The name that clients ask for, without a dot at the end.
        types: The types of its records, such as A and AAAA.
        set: The records' SetIdentifier of a colour, with {service} and {colour}.
        settle_s: How long after a change a client may still use the old address: the
            records' TTL and a minute for Route 53's own servers.
    """

    zone: str
    record: str
    types: tuple[str, ...] = ("A",)
    set: str = "{colour}"
    doors: Mapping[str, str] = field(default_factory=dict)
    login: AwsLogin = AwsLogin()
    settle_s: float = 120.0
    port: int = 80
    kind: ClassVar[str] = "route53"
    via: ClassVar[HostName] = THIS_MACHINE  # where the front doors are reached from

    @property
    def hosts(self) -> tuple[HostName, ...]:
        """The one name."""
        return (HostName(self.record),)

    @property
    def abilities(self) -> SwitchAbilities:
        """One batch changes all or nothing; caches and open connections follow later."""
        return _abilities(self.settle_s, is_fenced=True, is_weighted=True, moves_held=False)


@dataclass(frozen=True, slots=True)
class KubernetesConfig:
    """A Service whose selector names the colour, changed by kubectl.

    Attributes:
        clusters: Balancer's name to a context of the kubeconfig.
        service: Name of the Service.
        label: The key of the selector, and of the pods, that holds the colour.
        via: The host that has kubectl and its kubeconfig.
        kubectl: The program with its first words, in POSIX sh.
        settle_s: How long after a change some node may still send to the old pods.
    """

    clusters: Mapping[str, str]
    namespace: str
    service: str
    label: str = "colour"
    via: HostName = THIS_MACHINE
    kubectl: str = "kubectl"
    doors: Mapping[str, str] = field(default_factory=dict)
    settle_s: float = 10.0
    port: int = 80
    kind: ClassVar[str] = "kubernetes"

    @property
    def hosts(self) -> tuple[HostName, ...]:
        """The balancers' names."""
        return tuple(map(HostName, self.clusters))

    @property
    def abilities(self) -> SwitchAbilities:
        """The API server refuses what is older; nodes follow one after the other."""
        return _abilities(self.settle_s, is_fenced=True, is_weighted=False, moves_held=False)


def _abilities(
    settle_s: float, *, is_fenced: bool, is_weighted: bool, moves_held: bool
) -> SwitchAbilities:
    """Of a provider's API: it keeps what it was told, counts no requests, settles later."""
    return SwitchAbilities(
        is_atomic=False,
        is_fenced=is_fenced,
        is_weighted=is_weighted,
        shows_in_flight=False,
        survives_restart=True,
        settle_s=settle_s,
        moves_held=moves_held,
        tested_with=CONTRACT,
    )


CloudConfig = AlbConfig | Route53Config | KubernetesConfig
