"""Services of Kubernetes, by the real kubectl against a small API server: a contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.cloud_doors import skip_without_cloud
from support.kube_double import KubeDouble
from support.loopback import LoopbackTransport
from support.switch_doors import flip

from devops_tui.domain.cloud_switching import KubernetesConfig
from devops_tui.domain.errors import HostUnreachable, LoginRefused, SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour
from devops_tui.ports.transport import Completed
from devops_tui.switches.kubernetes import KubernetesSwitch, kubernetes_plan

BLUE, GREEN = Colour.BLUE, Colour.GREEN
EU = HostName("eu")

pytestmark = pytest.mark.real


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[KubeDouble]:
    skip_without_cloud("kubernetes")
    made = KubeDouble(tmp_path)
    yield made
    made.close()


def a_config(cluster: KubeDouble) -> KubernetesConfig:
    return KubernetesConfig({"eu": "production"}, "shop", "shop", kubectl=cluster.kubectl)


def a_switch(cluster: KubeDouble, config: KubernetesConfig | None = None) -> KubernetesSwitch:
    async def sleep(pause_s: float) -> None:
        """At once: the double does not follow later."""

    link = LoopbackTransport("bastion")
    return KubernetesSwitch(link, config or a_config(cluster), EU, sleep)


async def test_a_change_in_between_is_refused_by_the_api_server(cluster: KubeDouble) -> None:
    switch = a_switch(cluster)
    token = await switch.prepare(GREEN, 1)
    cluster.before_patch = lambda: cluster.apply(app="shop")
    with pytest.raises(SwitchRefused, match="somebody else changed the Service"):
        await switch.commit(token)
    assert (await switch.read()).serves is BLUE
    cluster.before_patch = None
    await flip(switch, GREEN, 1)
    assert cluster.service["spec"]["selector"] == {"app": "shop", "colour": "green"}


async def test_without_the_right_nothing_is_prepared(cluster: KubeDouble) -> None:
    cluster.is_allowed = False
    with pytest.raises(LoginRefused, match="not allowed to patch the Service shop") as refused:
        await a_switch(cluster).prepare(GREEN, 1)
    assert "switch init" in refused.value.hint


async def test_a_colour_without_a_ready_pod_is_refused_but_not_the_way_back(
    cluster: KubeDouble,
) -> None:
    switch = a_switch(cluster)
    cluster.pods["shop-green-1"] = ("green", False)
    with pytest.raises(SwitchRefused, match="no pod of green is ready"):
        await switch.prepare(GREEN, 1)
    cluster.pods["shop-green-1"] = ("green", True)
    await flip(switch, GREEN, 1)
    cluster.pods["shop-blue-1"] = ("blue", False)
    await switch.abandon(await switch.prepare(BLUE, 1))


@pytest.mark.parametrize("status", [500, None])
async def test_an_answer_that_is_lost_is_read_back(cluster: KubeDouble, status: int | None) -> None:
    cluster.answer_patch = lambda: status
    await flip(a_switch(cluster), GREEN, 1)
    assert cluster.colour == "green"


async def test_endpoints_that_do_not_follow_are_no_success(cluster: KubeDouble) -> None:
    assert cluster.colour == "blue"
    cluster.follows = False
    switch = a_switch(cluster)
    with pytest.raises(HostUnreachable, match=r"still pods of another colour \(shop-blue-1\)"):
        await flip(switch, GREEN, 1)
    assert (await switch.read()).serves is GREEN  # the Service says so, its endpoints do not


async def test_a_selector_that_somebody_else_sets_is_read(cluster: KubeDouble) -> None:
    switch = a_switch(cluster)
    await flip(switch, GREEN, 4)
    cluster.apply(colour="blue")
    reading = await switch.read()
    assert (reading.serves, reading.fence) == (BLUE, 4)
    cluster.apply(colour="red")
    assert (await switch.read()).serves is None
    with pytest.raises(SwitchRefused, match="has no `colour` that is blue or green"):
        await switch.prepare(GREEN, 5)


async def test_an_api_server_that_is_ill_or_gone_can_be_tried_again(tmp_path: Path) -> None:
    skip_without_cloud("kubernetes")
    cluster = KubeDouble(tmp_path)
    try:
        switch = a_switch(cluster)
        await switch.read()
        cluster.status_of_all = 503
        with pytest.raises(HostUnreachable, match="ServiceUnavailable"):
            await switch.read()
    finally:
        cluster.close()
    with pytest.raises(HostUnreachable, match="refused"):
        await switch.read()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: replace(c, clusters={"eu": "nowhere"}), "nowhere"),
        (lambda c: replace(c, service="other"), "NotFound"),
        (lambda c: replace(c, kubectl="no-such-kubectl"), "has no `no-such-kubectl`"),
    ],
)
async def test_a_wrong_name_is_told(
    cluster: KubeDouble, change: Callable[[KubernetesConfig], KubernetesConfig], words: str
) -> None:
    with pytest.raises(SwitchRefused, match=words):
        await a_switch(cluster, change(a_config(cluster))).read()


async def test_no_secret_is_a_word_of_a_command(cluster: KubeDouble) -> None:
    sent: list[str] = []

    class Watched(LoopbackTransport):
        async def run(
            self,
            script: str,
            *,
            stdin: bytes = b"",
            timeout_s: float = 30.0,
            limit_bytes: int = 1 << 20,
        ) -> Completed:
            sent.append(script)
            return await super().run(
                script, stdin=stdin, timeout_s=timeout_s, limit_bytes=limit_bytes
            )

    switch = KubernetesSwitch(Watched("bastion"), a_config(cluster), EU)
    await flip(switch, GREEN, 1)
    assert len(sent) > 4
    assert "planted-token" not in "".join(sent)


def test_the_plan_is_the_patch_that_is_sent() -> None:
    config = KubernetesConfig({"eu": "production"}, "shop", "shop")
    plan = kubernetes_plan(config, GREEN, EU)
    assert plan[1] == (
        "kubectl --context production --namespace shop patch service shop --type=merge "
        "--field-manager=devops-tui --patch "
        '\'{"metadata": {"resourceVersion": "VERSION", "annotations": '
        '{"devops-tui/fence": "FENCE"}}, "spec": {"selector": {"colour": "green"}}}\''
    )
