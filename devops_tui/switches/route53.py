"""AWS Route 53: the weights of two record sets of one name, and a TXT record beside them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from devops_tui.domain.cloud_switching import Route53Config
from devops_tui.domain.errors import HostUnreachable, SwitchRefused
from devops_tui.domain.ids import HostName
from devops_tui.domain.traffic import Colour
from devops_tui.ports.switch import SwitchAbilities, SwitchReading
from devops_tui.switches.aws import AwsClient
from devops_tui.switches.claim import Claim
from devops_tui.switches.prepared import Prepared, PreparedChanges, refuse_older, refuse_outcome

_INIT = "`devops-tui switch init` shows the records that are needed."
_MOST = "300"
_ALIAS_TTL_S = 60
_SERVERS_S = 60  # "generally", says AWS: until all of its name servers answer with a change
_TXT_TTL_S = 60

Record = Mapping[str, Any]


def fence_name(config: Route53Config) -> str:
    """The name of the TXT record that holds the number of the last change."""
    return f"_devops-tui.{config.record}"


def route53_plan(config: Route53Config, service: str, to: Colour) -> tuple[str, ...]:
    """The exact calls of a change, as commands of the AWS CLI; needs no link."""
    zone = f"--hosted-zone-id {config.zone}"
    look = (
        f"aws route53 list-resource-record-sets {zone} --start-record-name {config.record} "
        f"--max-items {_MOST}"
    )
    share = to.green_percent(100)
    names = _set_names(config, service)
    return (
        look,
        f"aws route53 change-resource-record-sets {zone}, one batch:",
        f"  DELETE {fence_name(config)} TXT (as it is)",
        f'  CREATE {fence_name(config)} TXT "FENCE green {share} MARK"',
        *(
            f"  UPSERT {config.record} {kind} `{name}` weight {100 if colour is to else 0}"
            for kind in config.types
            for name, colour in names.items()
        ),
        look,
    )


@dataclass(frozen=True, slots=True)
class _State:
    """What the zone holds.

    Attributes:
        records: Of both colours and all types.
        others: Records of the same name and type that are no colour's.
        fence: The TXT record; None before the first change.
    """

    records: Mapping[tuple[str, Colour], Record]
    others: int
    fence: Record | None

    @property
    def claim(self) -> Claim:
        values = self.fence["ResourceRecords"] if self.fence else ()
        return Claim.read(str(values[0]["Value"]).strip('"')) if values else Claim()

    @property
    def ttl_s(self) -> int:
        return max((int(r.get("TTL", _ALIAS_TTL_S)) for r in self.records.values()), default=0)

    def green_percent(self, types: Sequence[str]) -> int | None:
        shares = {self._share(kind) for kind in types}
        return shares.pop() if len(shares) == 1 and not self.others else None

    def _share(self, kind: str) -> int | None:
        weights = [int(self.records.get((kind, c), {}).get("Weight", 0)) for c in Colour]
        blue, green = weights
        if blue + green == 0:
            return None  # all weights 0 mean: everybody alike
        if not blue or not green:
            return 100 if green else 0
        return min(99, max(1, round(100 * green / (blue + green))))


class Route53Switch:
    """Points a service at one colour by the weights of its records.

    One change batch holds the weights of all types and a TXT record with the number of the
    change. Route 53 does all of a batch or nothing, deletes only what is as the batch
    says, and creates only what is not there: so deleting the TXT record as it was read and
    creating the new one is a compare-and-set. It does not see who changes the weights alone.

    What a client has asked for already it may go on using: for the records' TTL, longer
    where a resolver does not keep to it, and as long as it keeps its connection open.

    Needs: weighted records of both colours, with a short TTL.
    Cancel: harmless before commit; during commit read afterwards what serves.

    Raises:
        HostUnreachable: AWS did not answer (read again).
        LoginRefused: No credentials, or they do not allow it; nothing changed.
        SwitchRefused: Another change was first, or AWS said no; nothing changed.

    Source: Amazon Route 53 API reference, ChangeResourceRecordSets, ResourceRecordSet.
    """

    def __init__(self, client: AwsClient, config: Route53Config, service: str) -> None:
        self._client = client
        self._config = config
        self._service = service
        self._host = config.hosts[0]
        self._sets = _set_names(config, service)
        self._changes = PreparedChanges(self._host)

    @property
    def host(self) -> HostName:
        """The record's name."""
        return self._host

    @property
    def abilities(self) -> SwitchAbilities:
        """What the configuration says of this kind."""
        return self._config.abilities

    async def read(self) -> SwitchReading:
        """The weights in the zone; what resolvers still hold nobody can tell."""
        state = await self._state()
        share = state.green_percent(self._config.types)
        serves = {0: Colour.BLUE, 100: Colour.GREEN}.get(-1 if share is None else share)
        return SwitchReading(serves, state.claim.fence, green_percent=share)

    def plan(self, to: Colour) -> tuple[str, ...]:
        """The calls; FENCE and MARK are known when it happens."""
        return route53_plan(self._config, self._service, to)

    async def prepare(self, to: Colour, fence: int) -> str:
        """Looks whether the change is possible; changes nothing."""
        return await self.weigh(to, 100, fence)

    async def weigh(self, to: Colour, percent: int, fence: int) -> str:
        """Looks whether the change is possible; changes nothing."""
        state = await self._state()
        refuse_older(self._host, state.claim.fence, fence)
        self._refuse_shape(state)
        if fence > state.claim.fence:
            self._refuse_ttl(state)
        return self._changes.add(Prepared(to, fence, percent=percent))

    async def commit(self, token: str) -> None:
        """One batch, then a look at what it has done."""
        change = self._changes.take(token)
        share = change.to.green_percent(change.percent)
        wanted = Claim(change.fence, share, secrets.token_hex(4))
        before = await self._state()
        refuse_older(self._host, before.claim.fence, change.fence)
        self._refuse_shape(before)
        lost: HostUnreachable | None = None
        try:
            await self._client.call(
                "change_resource_record_sets",
                HostedZoneId=self._config.zone,
                ChangeBatch={"Comment": "devops-tui", "Changes": self._batch(before, wanted)},
            )
        except HostUnreachable as error:  # its answer may be lost though it was done
            lost = error
        after = await self._state()
        if after.claim == wanted and after.green_percent(self._config.types) == share:
            return
        if lost is not None and after.claim == before.claim:
            raise lost
        raise refuse_outcome(self._host, str(after.claim), change)

    async def abandon(self, token: str) -> None:
        """Forgets it; nothing was changed."""
        self._changes.forget(token)

    def _batch(self, before: _State, wanted: Claim) -> list[dict[str, Any]]:
        fence = {
            "Name": f"{fence_name(self._config)}.",
            "Type": "TXT",
            "TTL": _TXT_TTL_S,
            "ResourceRecords": [{"Value": f'"{wanted}"'}],
        }
        changes: list[dict[str, Any]] = []
        if before.fence is not None:
            changes.append({"Action": "DELETE", "ResourceRecordSet": dict(before.fence)})
        changes.append({"Action": "CREATE", "ResourceRecordSet": fence})
        weights = {Colour.GREEN: wanted.green_percent, Colour.BLUE: 100 - wanted.green_percent}
        for (_, colour), record in before.records.items():
            new = {**record, "Weight": weights[colour]}
            changes.append({"Action": "UPSERT", "ResourceRecordSet": new})
        return changes

    async def _state(self) -> _State:
        start, txt = f"{self._config.record}.", f"{fence_name(self._config)}."
        found = await self._list(StartRecordName=start, MaxItems=_MOST)
        sets = list(found["ResourceRecordSets"])
        if found.get("IsTruncated") and not any(r["Name"] == txt for r in sets):
            more = await self._list(StartRecordName=txt, StartRecordType="TXT", MaxItems="1")
            sets += more["ResourceRecordSets"]
        records: dict[tuple[str, Colour], Record] = {}
        state = _State(records, 0, None)
        for record in sets:
            if record["Name"] == txt and record["Type"] == "TXT":
                state = replace(state, fence=record)
            elif record["Name"] == start and record["Type"] in self._config.types:
                colour = self._sets.get(record.get("SetIdentifier", ""))
                if colour is None:
                    state = replace(state, others=state.others + 1)
                else:
                    records[(record["Type"], colour)] = record
        return state

    async def _list(self, **given: str) -> Mapping[str, Any]:
        return await self._client.call(
            "list_resource_record_sets", HostedZoneId=self._config.zone, **given
        )

    def _refuse_shape(self, state: _State) -> None:
        name = self._config.record
        for kind in self._config.types:
            for identifier, colour in self._sets.items():
                record = state.records.get((kind, colour))
                if record is None:
                    raise SwitchRefused(f"{name} has no {kind} record `{identifier}`", _INIT)
                if "Weight" not in record:
                    raise SwitchRefused(f"its {kind} record `{identifier}` has no weight", _INIT)
        if state.others:
            raise SwitchRefused(f"{name} has records of neither colour as well", _INIT)

    def _refuse_ttl(self, state: _State) -> None:
        needed = state.ttl_s + _SERVERS_S
        if needed > self._config.settle_s:
            raise SwitchRefused(
                f"the records of {self._config.record} live for {state.ttl_s} s: clients may use "
                f"the old colour longer than `settle` ({self._config.settle_s:g} s)",
                f"Give them a shorter TTL, or write `settle: {needed}s`.",
            )


def _set_names(config: Route53Config, service: str) -> dict[str, Colour]:
    return {config.set.format(service=service, colour=c.value): c for c in Colour}
