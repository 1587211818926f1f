"""Kubernetes: the selector of a Service names the colour of the pods that answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from devops_tui.domain.cloud_switching import KubernetesConfig
from devops_tui.domain.errors import HostUnreachable, LoginRefused, SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour
from devops_tui.ports.switch import SwitchAbilities, SwitchReading
from devops_tui.ports.transport import Transport
from devops_tui.switches.kubectl import Kubectl, items
from devops_tui.switches.prepared import (
    Prepared,
    PreparedChanges,
    colour_or_none,
    fence_or_zero,
    refuse_older,
    refuse_outcome,
)

FENCE = "devops-tui/fence"
_INIT = "`devops-tui switch init` shows the Service that is needed."
_LOOKS, _LOOK_S = 12, 0.5
_MANAGER = "--field-manager=devops-tui"


def kubernetes_plan(config: KubernetesConfig, to: Colour, host: HostName) -> tuple[str, ...]:
    """The exact commands of a change; needs no link."""
    base = f"{config.kubectl} --context {config.clusters[host]} --namespace {config.namespace}"
    patch = json.dumps(_patch(config, "VERSION", to, "FENCE"))
    return (
        f"{base} get service {config.service} --output json  (gives VERSION)",
        f"{base} patch service {config.service} --type=merge {_MANAGER} --patch '{patch}'",
        f"{base} get endpointslices --selector kubernetes.io/service-name={config.service}"
        f"  (until all are pods of {to})",
    )


def _patch(
    config: KubernetesConfig, version: str, to: Colour, fence: int | str
) -> Mapping[str, Any]:
    return {
        "metadata": {"resourceVersion": version, "annotations": {FENCE: str(fence)}},
        "spec": {"selector": {config.label: to.value}},
    }


class KubernetesSwitch:
    """Points a service at one colour by the selector of its Service.

    One patch holds the selector, an annotation with the number of the change, and the
    resourceVersion that was read: the API server refuses it (409) when anybody has changed
    the Service since. The change is done when its EndpointSlices hold pods of the new
    colour alone; each node follows by itself shortly after. A controller that applies the
    Service from elsewhere may put the selector back: then the service is shown as drifted.

    Connections that are open stay with their pod, for as long as it lives.

    Needs: kubectl with a kubeconfig on the host that is named, or where the worker runs; a
    Service whose selector has the label, and pods of both colours that bear it.
    Cancel: harmless before commit; during commit read afterwards what serves.

    Raises:
        HostUnreachable: No link, or no answer of the API server (read again).
        LoginRefused: No credentials, or they do not allow it; nothing changed.
        SwitchRefused: Another change was first, or kubectl said no; nothing changed.

    Source: Kubernetes API conventions, "Concurrency control and consistency"; kubectl
        reference, `patch`; EndpointSlice v1.
    """

    def __init__(
        self,
        transport: Transport,
        config: KubernetesConfig,
        host: HostName,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._kubectl = Kubectl(transport, config, host)
        self._config = config
        self._host = host
        self._sleep = sleep
        self._changes = PreparedChanges(host)

    @property
    def host(self) -> HostName:
        """The name of the balancer."""
        return self._host

    @property
    def abilities(self) -> SwitchAbilities:
        """What the configuration says of this kind."""
        return self._config.abilities

    async def read(self) -> SwitchReading:
        """The selector, and the annotation."""
        service = await self._service()
        return SwitchReading(self._colour(service), _fence(service))

    def plan(self, to: Colour) -> tuple[str, ...]:
        """The commands; VERSION and FENCE are known when it happens."""
        return kubernetes_plan(self._config, to, self._host)

    async def prepare(self, to: Colour, fence: int) -> str:
        """Looks whether the change is possible and allowed; changes nothing."""
        service, is_allowed = await asyncio.gather(
            self._service(), self._kubectl.may("patch", f"services/{self._config.service}")
        )
        refuse_older(self._host, _fence(service), fence)
        self._refuse_shape(service)
        if not is_allowed:
            raise LoginRefused(
                f"{self._host}: it is not allowed to patch the Service {self._config.service}",
                "`devops-tui switch init` prints the role that is needed.",
            )
        is_new = fence > _fence(service) and self._colour(service) is not to
        if is_new and not await self._pods(service, to, only_ready=True):
            raise SwitchRefused(
                f"{self._host}: no pod of {to} is ready: nobody would answer",
                f"Bring {to} up, or look at the pods' label `{self._config.label}`.",
            )
        return self._changes.add(Prepared(to, fence))

    async def commit(self, token: str) -> None:
        """One patch that bears the version that was read; then the endpoints must follow."""
        change = self._changes.take(token)
        before = await self._service()
        refuse_older(self._host, _fence(before), change.fence)
        self._refuse_shape(before)
        version = before["metadata"]["resourceVersion"]
        patch = json.dumps(_patch(self._config, version, change.to, change.fence))
        words = ("patch", "service", self._config.service, "--type=merge", _MANAGER)
        lost: HostUnreachable | None = None
        try:
            after = await self._kubectl.json(*words, f"--patch={patch}")
        except HostUnreachable as error:  # its answer may be lost though it was done
            lost, after = error, await self._service()
        if (self._colour(after), _fence(after)) != (change.to, change.fence):
            if lost is not None and after["metadata"]["resourceVersion"] == version:
                raise lost
            told = f"{self._colour(after)} (fence {_fence(after)})"
            raise refuse_outcome(self._host, told, change)
        await self._follow(after, change.to)

    async def abandon(self, token: str) -> None:
        """Forgets it; nothing was changed."""
        self._changes.forget(token)

    async def _follow(self, service: Mapping[str, Any], to: Colour) -> None:
        """Waits until the endpoints are pods of the new colour, and no others."""
        left: set[str] = set()
        for look in range(_LOOKS):
            if look:
                await self._sleep(_LOOK_S)
            pods, answering = await asyncio.gather(
                self._pods(service, to, only_ready=False), self._endpoints()
            )
            left = answering - pods
            if answering and not left:
                return
        told = f"pods of another colour ({', '.join(sorted(left)[:3])})" if left else "nobody"
        raise HostUnreachable(
            f"{self._host}: the Service names {to}, its endpoints are still {told}",
            "Look at the controller manager of the cluster.",
        )

    async def _service(self) -> Mapping[str, Any]:
        return await self._kubectl.json("get", "service", self._config.service)

    async def _pods(
        self, service: Mapping[str, Any], to: Colour, *, only_ready: bool
    ) -> frozenset[str]:
        wanted = {**service["spec"].get("selector", {}), self._config.label: to.value}
        selector = ",".join(f"{key}={value}" for key, value in sorted(wanted.items()))
        found = await self._kubectl.json("get", "pods", "--selector", selector)
        return frozenset(
            str(pod["metadata"]["name"])
            for pod in items(found)
            if not only_ready or (_is_ready(pod) and "deletionTimestamp" not in pod["metadata"])
        )

    async def _endpoints(self) -> set[str]:
        """The pods that requests are sent to."""
        selector = f"kubernetes.io/service-name={self._config.service}"
        found = await self._kubectl.json("get", "endpointslices", "--selector", selector)
        return {
            str((endpoint.get("targetRef") or {}).get("name", "an address without a pod"))
            for piece in items(found)
            for endpoint in piece.get("endpoints") or ()
            if (endpoint.get("conditions") or {}).get("ready", True)
        }

    def _colour(self, service: Mapping[str, Any]) -> Colour | None:
        selector = service.get("spec", {}).get("selector") or {}
        return colour_or_none(selector.get(self._config.label))

    def _refuse_shape(self, service: Mapping[str, Any]) -> None:
        if self._colour(service) is None:
            raise SwitchRefused(
                f"{self._host}: the selector of the Service {self._config.service} has no "
                f"`{self._config.label}` that is blue or green",
                _INIT,
            )


def _fence(service: Mapping[str, Any]) -> int:
    return fence_or_zero((service["metadata"].get("annotations") or {}).get(FENCE, 0))


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)
