"""A shop whose balancers are a cloud's doubles, which outlive the process that flips them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any

from devops_tui.domain.cloud_switching import (
    AlbConfig,
    CloudConfig,
    KubernetesConfig,
    Route53Config,
)
from devops_tui.domain.codec import encode
from devops_tui.domain.traffic import Service
from devops_tui.ports.store import Store
from devops_tui.services.flips import Flips
from support import cloud_once
from support.aws_double import RECORD, Alb, Reached, Zone
from support.clocks import StillClock
from support.cloud_front import CloudFront
from support.kube_double import KubeDouble
from support.loopback import LoopbackLinks, LoopbackTransport
from support.traffic import SHOP, Shop

SETTLE_S = 60.0


class CloudSite:
    """One kind of `CLOUDS`: a rule and a listener, a name, or a Service.

    Needs: `mock_aws` around it for the first two.
    """

    def __init__(self, kind: str, folder: Path) -> None:
        self._shop = Shop(folder / "shop", (), drain_s=0.1)
        self._fronts: list[CloudFront] = []
        self._cluster: KubeDouble | None = None
        self._client: Any = None
        self._known: dict[Callable[[], tuple[int, int]], tuple[int, int]] = {}
        self.colours: Mapping[str, Callable[[], str]] = {}
        made: Mapping[str, Callable[[Path], CloudConfig]]
        made = {"alb": self._alb, "route53": self._zone, "kubernetes": self._kubernetes}
        config = made[kind](folder)
        self.service: Service = replace(self._shop.service, switch=config)
        self._listener = Listener(str(folder / "api"))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def flip_in_a_child(
        self, database: Path, what: str, count: int
    ) -> subprocess.CompletedProcess[str]:
        """Flips to green in a process that is killed at a point; see `cloud_once`."""
        told = {"service": encode(self.service), "address": self._listener.address}
        return subprocess.run(
            [sys.executable, cloud_once.__file__, str(database), what, str(count)],
            input=json.dumps(told),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def flips(self, store: Store) -> Flips:
        """Flips over it in this process."""
        hosts = [h for servers in self.service.colours.values() for h in servers.hosts]
        return Flips(
            store,
            StillClock(),
            {SHOP: self.service},
            lambda _: cloud_once.switches_of(
                self.service, self._client, LoopbackTransport("local")
            ),
            LoopbackLinks("local", *hosts),
        )

    def serving(self) -> set[str]:
        """What the provider holds for each balancer."""
        return {colour() for colour in self.colours.values()}

    def close(self) -> None:
        """Ends the doubles, their doors and the servers."""
        with suppress(OSError), Client(self._listener.address) as link:
            link.send(None)
        self._thread.join()
        self._listener.close()
        for front in self._fronts:
            front.close()
        if self._cluster is not None:
            self._cluster.close()
        self._shop.close()

    def _alb(self, folder: Path) -> AlbConfig:
        alb = Alb()
        self._client = Reached(alb.elb, lambda: False, self._known.clear)
        arns = {"eu": alb.rule, "us": alb.listener}
        self.colours = {n: partial(self._colour, partial(alb.weights, a)) for n, a in arns.items()}
        doors = {name: self._front(choose) for name, choose in self.colours.items()}
        return AlbConfig(arns, doors=doors, settle_s=SETTLE_S)

    def _zone(self, folder: Path) -> Route53Config:
        zone = Zone(ttl_s=0)
        self._client = Reached(zone.client, lambda: False, self._known.clear)
        self.colours = {RECORD: partial(self._colour, zone.weights)}
        doors = {RECORD: self._front(self.colours[RECORD])}
        return Route53Config(zone.id, RECORD, doors=doors, settle_s=SETTLE_S)

    def _kubernetes(self, folder: Path) -> KubernetesConfig:
        cluster = self._cluster = KubeDouble(folder)
        self.colours = {"eu": lambda: cluster.colour}
        return KubernetesConfig(
            {"eu": "production"},
            "shop",
            "shop",
            kubectl=cluster.kubectl,
            doors={"eu": self._front(self.colours["eu"])},
            settle_s=SETTLE_S,
        )

    def _front(self, choose: Callable[[], str]) -> str:
        front = CloudFront(choose, is_held=False)
        front.start()
        self._fronts.append(front)
        return f"http://127.0.0.1:{front.port}"

    def _serve(self) -> None:
        """Answers requests one after the other; one whose asker died is done all the same."""
        while True:
            with self._listener.accept() as link, suppress(OSError, EOFError):
                asked = link.recv()
                if asked is None:
                    return
                name, given = asked
                answer: tuple[bool, object]
                try:
                    told = dict(getattr(self._client, name)(**given))
                    told.pop("ResponseMetadata", None)
                    answer = True, told
                except Exception as error:  # noqa: BLE001 - the asker gets it, whatever it is
                    answer = False, error
                link.send(answer)

    def _colour(self, weights: Callable[[], tuple[int, int]]) -> str:
        """Asks the double again only after a change: it is slow."""
        told = self._known[weights] = self._known.get(weights) or weights()
        return {(100, 0): "blue", (0, 100): "green"}.get(told, "between")
