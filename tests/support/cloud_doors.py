"""Front doors whose switch is a provider's API, in the shape of every other door of a test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from devops_tui.domain.cloud_switching import AlbConfig, KubernetesConfig, Route53Config
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Service
from devops_tui.ports.switch import Switch
from devops_tui.switches.alb import AlbSwitch
from devops_tui.switches.kubernetes import KubernetesSwitch
from devops_tui.switches.route53 import Route53Switch
from support.aws_double import RECORD, Alb, Reached, Zone, asking, share
from support.cloud_front import CloudFront
from support.kube_double import KubeDouble
from support.loopback import LoopbackTransport

CLOUDS = ("alb", "route53", "kubernetes")


class CloudDoor:
    """One of `CLOUDS`: its double, a front door that follows it, its configuration."""

    def __init__(self, kind: str, folder: Path, host: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.double: Alb | Zone | KubeDouble
        self._weights: tuple[int, int] | None = None
        if kind in ("alb", "route53"):
            self.double = Alb() if kind == "alb" else Zone()
            self.front = CloudFront(self._choose, is_held=kind == "route53")
        else:
            cluster = self.double = KubeDouble(folder)
            self.front = CloudFront(lambda: cluster.colour, is_held=True)
        self.port = self.front.port
        self._host = HostName(host)

    @property
    def config(self) -> AlbConfig | Route53Config | KubernetesConfig:
        url = f"http://127.0.0.1:{self.port}"
        if isinstance(self.double, Alb):
            rules = {str(self._host): self.double.rule}
            return AlbConfig(rules, doors={str(self._host): url}, settle_s=0.1)
        if isinstance(self.double, Zone):
            return Route53Config(self.double.id, RECORD, doors={RECORD: url})
        return KubernetesConfig(
            {str(self._host): "production"},
            "shop",
            "shop",
            kubectl=self.double.kubectl,
            doors={str(self._host): url},
            settle_s=0.1,
        )

    def switch(self, link: LoopbackTransport, service: Service) -> Switch:
        """Over a wire that is cut when the link is."""
        config = service.switch
        if isinstance(config, AlbConfig) and isinstance(self.double, Alb):
            client = asking(Reached(self.double.elb, lambda: link.is_cut, self._forget))
            return AlbSwitch(client, config, self._host, service.name)
        if isinstance(config, Route53Config) and isinstance(self.double, Zone):
            client = asking(Reached(self.double.client, lambda: link.is_cut, self._forget))
            return Route53Switch(client, config, service.name)
        assert isinstance(config, KubernetesConfig)
        return KubernetesSwitch(link, config, self._host)

    def start(self) -> None:
        self.front.start()

    def stop(self) -> None:
        self.front.stop()

    def close(self) -> None:
        self.front.close()
        if isinstance(self.double, KubeDouble):
            self.double.close()

    def _choose(self) -> str:
        """Asks the double again only after a change: it is slow."""
        assert not isinstance(self.double, KubeDouble)
        weights = self._weights or self.double.weights()
        self._weights = weights
        return share(weights)

    def _forget(self) -> None:
        self._weights = None


@contextmanager
def clouded(kind: str) -> Iterator[None]:
    """With AWS in this process where the kind needs it."""
    if kind not in ("alb", "route53"):
        yield
        return
    with mock_aws():
        yield


def mock_aws() -> Any:
    """moto, which is slow to import; no request leaves this process inside of it."""
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"  # thousands of images for each test
    return import_module("moto").mock_aws()


def skip_without_cloud(kind: str) -> None:
    """Skips where kubectl is missing; the libraries belong to the tests' own."""
    if kind == "kubernetes" and shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
