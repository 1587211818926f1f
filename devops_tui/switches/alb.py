"""AWS Application Load Balancer: the weights of two target groups in one forward action."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devops_tui.domain.cloud_switching import AlbConfig
from devops_tui.domain.errors import HostUnreachable, SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour
from devops_tui.ports.switch import SwitchAbilities, SwitchReading
from devops_tui.switches.aws import AwsClient
from devops_tui.switches.claim import Claim
from devops_tui.switches.prepared import Prepared, PreparedChanges, refuse_older, refuse_outcome

_TAG = "devops-tui:fence"
_INIT = "`devops-tui switch init` shows how the rule must forward."


def alb_groups(config: AlbConfig, service: str) -> dict[Colour, str]:
    """The name of the target group of each colour."""
    return {c: config.group.format(service=service, colour=c.value) for c in Colour}


def region_of(arn: str) -> str:
    """Where a rule or listener is."""
    return arn.split(":")[3]


def alb_plan(config: AlbConfig, service: str, to: Colour, host: HostName) -> tuple[str, ...]:
    """The exact calls of a change, as commands of the AWS CLI; needs no link."""
    arn = config.rules[host]
    noun, flag, key = ("rule", "--actions", "rule") if _is_rule(arn) else _OF_LISTENER
    names = alb_groups(config, service)
    weights = f"{names[to]} 100, {names[to.other]} 0"
    tag = f"Key={_TAG},Value=FENCE green {to.green_percent(100)}"
    return (
        f"aws elbv2 describe-{noun}s --{key}-arns {arn}",
        f"aws elbv2 add-tags --resource-arns {arn} --tags '{tag}'",
        f"aws elbv2 modify-{noun} --{key}-arn {arn} {flag} (as before, but {weights})",
        f"aws elbv2 describe-{noun}s --{key}-arns {arn}",
    )


_OF_LISTENER = ("listener", "--default-actions", "listener")


@dataclass(frozen=True, slots=True)
class _State:
    """What AWS said of the rule.

    Attributes:
        weights: Colour to weight; without an entry where the rule does not name its group.
        others: Weight of groups that are no colour's.
        claim: Who changed it last, as the tag says.
    """

    actions: Sequence[Mapping[str, Any]]
    arns: Mapping[Colour, str]
    weights: Mapping[Colour, int]
    others: int
    is_sticky: bool
    claim: Claim

    @property
    def green_percent(self) -> int | None:
        blue, green = (self.weights.get(colour, 0) for colour in Colour)
        if self.others or blue + green == 0:
            return None
        if not blue or not green:
            return 100 if green else 0
        return min(99, max(1, round(100 * green / (blue + green))))


class AlbSwitch:
    """Points a service at one colour by the weights of its target groups.

    The change is one ModifyRule or ModifyListener. AWS compares nothing: the number of the
    change and what it wants are written into a tag right before, and read again right
    after. A change that comes late finds a higher number there, and what it has overwritten
    is put right. In between, some hundred milliseconds, the older colour may serve; and
    nobody keeps a program that does not know the tag from changing the weights.

    Needs: an Application Load Balancer whose forward action names both target groups,
    without stickiness between the groups.
    Cancel: harmless before commit; during commit read afterwards what serves.

    Raises:
        HostUnreachable: AWS did not answer (read again).
        LoginRefused: No credentials, or they do not allow it; nothing changed.
        SwitchRefused: A newer flip was committed, or AWS said no.

    Source: Elastic Load Balancing API reference, ModifyRule, ModifyListener, AddTags.
    """

    def __init__(self, client: AwsClient, config: AlbConfig, host: HostName, service: str) -> None:
        self._client = client
        self._config = config
        self._host = host
        self._service = service
        self._arn = config.rules[host]
        self._names = {name: colour for colour, name in alb_groups(config, service).items()}
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
        """The weights, and the tag."""
        state = await self._state()
        share = state.green_percent
        serves = {0: Colour.BLUE, 100: Colour.GREEN}.get(-1 if share is None else share)
        return SwitchReading(serves, state.claim.fence, green_percent=share)

    def plan(self, to: Colour) -> tuple[str, ...]:
        """The calls; FENCE is a number that is known when it happens."""
        return alb_plan(self._config, self._service, to, self._host)

    async def prepare(self, to: Colour, fence: int) -> str:
        """Looks whether the change is possible; changes nothing."""
        return await self.weigh(to, 100, fence)

    async def weigh(self, to: Colour, percent: int, fence: int) -> str:
        """Looks whether the change is possible; changes nothing."""
        state = await self._state()
        refuse_older(self._host, state.claim.fence, fence)
        self._refuse_shape(state)
        if fence > state.claim.fence and not state.weights[to]:
            await self._refuse_empty(state.arns[to], to)
        return self._changes.add(Prepared(to, fence, percent=percent))

    async def commit(self, token: str) -> None:
        """The tag, then the weights, then a look at both."""
        change = self._changes.take(token)
        wanted = Claim(change.fence, change.to.green_percent(change.percent))
        before = await self._state()
        refuse_older(self._host, before.claim.fence, change.fence)
        self._refuse_shape(before)
        tag = {"Key": _TAG, "Value": str(wanted)}
        await self._client.call("add_tags", ResourceArns=[self._arn], Tags=[tag])
        lost: HostUnreachable | None = None
        try:
            await self._modify(before, wanted.green_percent)
        except HostUnreachable as error:  # its answer may be lost though it was done
            lost = error
        after = await self._state()
        if after.claim == wanted and after.green_percent == wanted.green_percent:
            return
        await self._put_right(after, wanted)
        if lost is not None and after.claim == wanted:
            raise lost
        raise refuse_outcome(self._host, str(after.claim), change)

    async def abandon(self, token: str) -> None:
        """Forgets it; nothing was changed."""
        self._changes.forget(token)

    async def _put_right(self, after: _State, ours: Claim) -> None:
        """Gives a newer change back what ours has overwritten."""
        newer = after.claim
        if newer.fence > ours.fence and after.green_percent != newer.green_percent:
            await self._modify(after, newer.green_percent)

    async def _modify(self, state: _State, green_percent: int) -> None:
        weights = {Colour.GREEN: green_percent, Colour.BLUE: 100 - green_percent}
        actions = [self._action(dict(action), state, weights) for action in state.actions]
        if _is_rule(self._arn):
            await self._client.call("modify_rule", RuleArn=self._arn, Actions=actions)
        else:
            await self._client.call(
                "modify_listener", ListenerArn=self._arn, DefaultActions=actions
            )

    def _action(
        self, action: dict[str, Any], state: _State, weights: Mapping[Colour, int]
    ) -> dict[str, Any]:
        """The same action as AWS told it, in the form in which AWS takes it."""
        if action.get("Type") == "authenticate-oidc":  # AWS never tells the secret
            oidc = {**action["AuthenticateOidcConfig"], "UseExistingClientSecret": True}
            return {**action, "AuthenticateOidcConfig": oidc}
        if action.get("Type") != "forward":
            return action
        action.pop("TargetGroupArn", None)
        forward = copy.deepcopy(action["ForwardConfig"])
        colours = {arn: colour for colour, arn in state.arns.items()}
        for group in forward["TargetGroups"]:
            group["Weight"] = weights[colours[group["TargetGroupArn"]]]
        return {**action, "ForwardConfig": forward}

    async def _state(self) -> _State:
        actions, tags = await asyncio.gather(
            self._actions(), self._client.call("describe_tags", ResourceArns=[self._arn])
        )
        told = {
            tag["Key"]: tag.get("Value", "")
            for of_one in tags["TagDescriptions"]
            for tag in of_one["Tags"]
        }
        forward: Mapping[str, Any] = next((a for a in actions if a.get("Type") == "forward"), {})
        config = forward.get("ForwardConfig", {})
        arns: dict[Colour, str] = {}
        weights: dict[Colour, int] = {}
        others = 0
        for group in config.get("TargetGroups", ()):
            arn, weight = str(group["TargetGroupArn"]), int(group.get("Weight", 1))
            colour = self._names.get(arn.rsplit("/", 2)[-2])
            if colour is None:
                others += 1
            else:
                arns[colour], weights[colour] = arn, weight
        sticky = config.get("TargetGroupStickinessConfig", {}).get("Enabled", False)
        return _State(actions, arns, weights, others, bool(sticky), Claim.read(told.get(_TAG, "")))

    async def _actions(self) -> Sequence[Mapping[str, Any]]:
        if _is_rule(self._arn):
            rules = (await self._client.call("describe_rules", RuleArns=[self._arn]))["Rules"]
            return rules[0]["Actions"] if rules else ()
        found = await self._client.call("describe_listeners", ListenerArns=[self._arn])
        listeners = found["Listeners"]
        return listeners[0]["DefaultActions"] if listeners else ()

    def _refuse_shape(self, state: _State) -> None:
        missing = [name for name, colour in self._names.items() if colour not in state.arns]
        if missing:
            raise SwitchRefused(f"{self._host}: it forwards to no group `{missing[0]}`", _INIT)
        if state.others:
            raise SwitchRefused(
                f"{self._host}: it forwards to a group of neither colour as well", _INIT
            )
        if state.is_sticky:
            raise SwitchRefused(
                f"{self._host}: clients stick to a target group: they would stay with the old one",
                "Switch the stickiness of the forward action off; that of a group may stay.",
            )

    async def _refuse_empty(self, arn: str, to: Colour) -> None:
        found = await self._client.call("describe_target_health", TargetGroupArn=arn)
        states = [t["TargetHealth"]["State"] for t in found["TargetHealthDescriptions"]]
        if not any(state == "healthy" for state in states):
            told = ", ".join(sorted(set(states))) or "it has no targets"
            raise SwitchRefused(
                f"{self._host}: AWS sees no healthy target of {to} ({told})",
                "Look at the target group's health checks and security groups.",
            )


def _is_rule(arn: str) -> bool:
    return ":listener-rule/" in arn
