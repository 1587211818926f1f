"""AWS in this process by moto: load balancers and zones with a blue and a green side.

moto takes a batch of Route 53 that the provider would refuse, so StrictZone keeps the rules
that the API reference publishes: DELETE names what is there exactly, CREATE what is not,
and a batch is done as a whole or not at all.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from devops_tui.switches.aws import AwsClient

REGION = "eu-west-1"
RECORD = "shop.example.com"
_KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}


@cache
def client(service: str, region: str = REGION) -> Any:
    """The library's own client; moto answers it."""
    return import_module("boto3").client(service, region_name=region, **_KEYS)


def share(weights: Sequence[int]) -> str:
    """A colour by chance, as the weights of blue and green say."""
    return random.choices(("blue", "green"), weights)[0]  # noqa: S311 - no secret


class Alb:
    """A load balancer with a listener and a rule, both forwarding to shop-blue."""

    def __init__(self) -> None:
        self.elb = client("elbv2")
        ec2 = client("ec2")
        subnets = ec2.describe_subnets()["Subnets"]
        names = [subnet["SubnetId"] for subnet in subnets][:2]
        made = self.elb.create_load_balancer(Name="shop", Subnets=names)["LoadBalancers"][0]
        self.machine = "10.0.0.1"
        self.groups = {c: self._group(c, subnets[0]["VpcId"]) for c in ("blue", "green")}
        self.listener = self.elb.create_listener(
            LoadBalancerArn=made["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[self.forward(100, 0)],
        )["Listeners"][0]["ListenerArn"]
        self.rule = self.elb.create_rule(
            ListenerArn=self.listener,
            Priority=1,
            Conditions=[{"Field": "host-header", "Values": [RECORD]}],
            Actions=[self.forward(100, 0)],
        )["Rules"][0]["RuleArn"]

    def forward(self, blue: int, green: int, *, is_sticky: bool = False) -> dict[str, Any]:
        weights = {"blue": blue, "green": green}
        groups = [
            {"TargetGroupArn": self.groups[colour], "Weight": weight}
            for colour, weight in weights.items()
        ]
        sticky = {"Enabled": True, "DurationSeconds": 60} if is_sticky else {"Enabled": False}
        config = {"TargetGroups": groups, "TargetGroupStickinessConfig": sticky}
        return {"Type": "forward", "ForwardConfig": config}

    def weights(self, arn: str = "") -> tuple[int, int]:
        """Of blue and green."""
        if ":listener/" in arn:
            found = self.elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]
            actions = found["DefaultActions"]
        else:
            found = self.elb.describe_rules(RuleArns=[arn or self.rule])["Rules"][0]
            actions = found["Actions"]
        groups = actions[-1]["ForwardConfig"]["TargetGroups"]
        told = {group["TargetGroupArn"]: group["Weight"] for group in groups}
        return told[self.groups["blue"]], told[self.groups["green"]]

    def _group(self, colour: str, vpc: str) -> str:
        arn: str = self.elb.create_target_group(
            Name=f"shop-{colour}", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": self.machine}])
        return arn


class Zone:
    """A hosted zone with weighted records of one name."""

    def __init__(self, types: Sequence[str] = ("A",), ttl_s: int = 60) -> None:
        self.client = StrictZone(client("route53", "us-east-1"))
        made = self.client.create_hosted_zone(Name="example.com", CallerReference="x")
        self.id = made["HostedZone"]["Id"].rpartition("/")[2]
        self.types = tuple(types)
        self.change(
            *(
                ("CREATE", self.record(kind, colour, weight, ttl_s))
                for kind in types
                for colour, weight in (("blue", 100), ("green", 0))
            )
        )

    def record(self, kind: str, colour: str, weight: int, ttl_s: int = 60) -> dict[str, Any]:
        value = {"A": "10.0.0.1", "AAAA": "fd00::1"}[kind]
        return {
            "Name": RECORD,
            "Type": kind,
            "SetIdentifier": colour,
            "Weight": weight,
            "TTL": ttl_s,
            "ResourceRecords": [{"Value": value}],
        }

    def change(self, *changes: tuple[str, dict[str, Any]]) -> None:
        batch = [{"Action": act, "ResourceRecordSet": record} for act, record in changes]
        self.client.change_resource_record_sets(
            HostedZoneId=self.id, ChangeBatch={"Changes": batch}
        )

    def weights(self, kind: str = "A") -> tuple[int, int]:
        """Of blue and green."""
        sets = self.client.list_resource_record_sets(HostedZoneId=self.id)["ResourceRecordSets"]
        told = {r["SetIdentifier"]: r["Weight"] for r in sets if r["Type"] == kind}
        return told["blue"], told["green"]


class StrictZone:
    """The library's client, with the published rules of a change batch before moto's."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def change_resource_record_sets(self, HostedZoneId: str, ChangeBatch: Any) -> Any:  # noqa: N803 - AWS's names
        with self._lock:
            listed = self._inner.list_resource_record_sets(HostedZoneId=HostedZoneId)
            held = {_key(record): record for record in listed["ResourceRecordSets"]}
            for change in ChangeBatch["Changes"]:
                self._judge(held, change["Action"], change["ResourceRecordSet"])
            return self._inner.change_resource_record_sets(
                HostedZoneId=HostedZoneId, ChangeBatch=ChangeBatch
            )

    def _judge(self, held: dict[tuple[str, ...], Any], act: str, record: Any) -> None:
        key = _key(record)
        if act == "DELETE" and held.pop(key, None) != {**record, "Name": key[0]}:
            self._refuse(f"Tried to delete {key} but the values provided do not match")
        if act == "CREATE" and key in held:
            self._refuse(f"Tried to create {key} but it already exists")
        if act != "DELETE":
            held[key] = {**record, "Name": key[0]}

    @staticmethod
    def _refuse(why: str) -> None:
        error = {"Code": "InvalidChangeBatch", "Message": why}
        answer = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}
        raise import_module("botocore.exceptions").ClientError(answer, "ChangeResourceRecordSets")


class Reached:
    """A client behind a wire that can be cut; says when something was changed through it."""

    def __init__(self, inner: Any, is_cut: Callable[[], bool], changed: Callable[[], None]) -> None:
        self._inner = inner
        self._is_cut = is_cut
        self._changed = changed

    def __getattr__(self, name: str) -> Any:
        if self._is_cut():
            lost = import_module("botocore.exceptions").EndpointConnectionError
            raise lost(endpoint_url="https://aws.example.com")
        call = getattr(self._inner, name)

        def told(**given: Any) -> Any:
            try:
                return call(**given)
            finally:
                if name.startswith(("modify_", "change_")):
                    self._changed()

        return told


def asking(inner: Any, pauses: list[float] | None = None) -> AwsClient:
    """An AwsClient over a client that is there; notes its pauses instead of making them."""

    async def open() -> Any:
        return inner

    async def sleep(pause_s: float) -> None:
        if pauses is not None:
            pauses.append(pause_s)

    return AwsClient("aws", open, sleep)


def _key(record: Any) -> tuple[str, ...]:
    name = record["Name"].rstrip(".") + "."
    return name, record["Type"], record.get("SetIdentifier", "")
