"""Flips: from one colour to the other and back, with a journal and a proof."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from devops_tui.domain.errors import LeaseLost, NotFound, Refused
from devops_tui.domain.ids import FlipId, HostName, RunId
from devops_tui.domain.traffic import Colour, Flip, FlipState, ServerHealth, Service
from devops_tui.ports.runtime import Clock
from devops_tui.ports.store import Store
from devops_tui.ports.switch import Switch
from devops_tui.ports.transport import Links
from devops_tui.services import flip_rules as rules
from devops_tui.services.balancers import Balancers, Readings
from devops_tui.services.flip_aside import kept, leave_in, put_right
from devops_tui.services.flip_journal import ENDED, LEASE_S, FlipJournal, holder_of, lease_name
from devops_tui.services.flip_leases import FlipLeases
from devops_tui.services.flip_owners import FlipOwners
from devops_tui.services.flip_proof import Doors, Names
from devops_tui.services.flip_reach import read_patiently, refuse_unread
from devops_tui.services.flip_recovery import settle
from devops_tui.services.flip_walk import Walk
from devops_tui.services.flip_wish import FlipWish, flip_of
from devops_tui.services.server_health import ask_servers
from devops_tui.services.switch_check import Finding, check_switch
from devops_tui.services.traffic_hold import is_of_a_run

Switches = Callable[[Service], Sequence[Switch]]

_STEP_PATIENCE_S = 20.0
_STEP_LOOK_S = 0.05


class Flips:
    """Points the front doors of services at a colour: all of them, or none.

    One flip of a service at a time, in this or any other process: a lease with a
    fencing number says whose turn it is, and the balancers refuse whoever comes late.

    Cancel: before the commit nothing has changed; afterwards the commit is proved, or
    taken back, before the cancel goes on.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        services: Mapping[str, Service],
        switches: Switches,
        links: Links,
        owners: FlipOwners | None = None,
    ) -> None:
        self._owners = owners
        self._store = store
        self._clock = clock
        self._services = services
        self._switches = switches
        self._links = links
        self._active: dict[FlipId, str] = {}  # to the holder of its lease
        self._leases = FlipLeases(store)
        self._recovering = asyncio.Lock()

    async def flip(
        self,
        service: str,
        to: Colour | None,
        actor: str,
        why: str,
        *,
        run_id: RunId | None = None,
        undoes: FlipId | None = None,
        expected_live: Colour | None = None,
        glass: str = "",
        without: Sequence[str] = (),
        bake_s: float = 0.0,
    ) -> Flip:
        """Switches every balancer of a service; `to` None means the other colour.

        Those of `without` are set aside: nothing is asked of them, and `recover` brings them
        along once they answer again.

        Whether it may happen at this hour is for the caller to have asked; `glass` says who
        let it happen outside of the hours. `bake_s` is noted for `FlipBakes`, which watches.

        Returns the flip as DONE; as FAILED when the old colour serves everywhere, with
        the reason in `error`; as UNKNOWN when a balancer cannot be read any more.

        Raises:
            NotFound: There is no such service.
            Refused: Nothing was begun: somebody else flips, a balancer cannot be read,
                the colour is not healthy or serves already.
            RevisionConflict: `expected_live` does not serve any more.
            LeaseLost: This flip was held up so long that another one began.
        """
        wish = FlipWish(
            to,
            actor,
            why,
            run_id,
            undoes,
            expected_live,
            is_undo=undoes is not None,
            glass=glass,
            without=tuple(without),
            bake_s=bake_s,
        )
        return await self._change(self._service(service), wish)

    async def undo(
        self, service: str, actor: str, why: str = "", *, expected_live: Colour | None = None
    ) -> Flip:
        """Goes to the colour that does not serve; one server of it that is up is enough.

        Raises:
            RevisionConflict: `expected_live` does not serve any more.
            Refused: The other colour is not up any more; the hint says what it takes.
        """
        found = self._service(service)
        deadline = self._clock.now() + timedelta(seconds=_STEP_PATIENCE_S)
        while True:
            status = self._store.service_status(found.name)
            back = status.live if status.canary or self._is_in_step(found) else None
            last = status.last_flip if back is None else None
            wish = FlipWish(
                back,
                actor,
                why or "undo",
                undoes=last,
                expected_live=expected_live,
                is_undo=True,
            )
            try:
                return await self._change(found, wish)
            except Refused:
                if not self._is_in_step(found) or self._clock.now() > deadline:
                    raise
            await self._clock.sleep(_STEP_LOOK_S)

    async def weigh(
        self,
        service: str,
        percent: int,
        actor: str,
        why: str,
        *,
        held: int,
        run_id: RunId | None = None,
        glass: str = "",
    ) -> Flip:
        """Gives the colour that does not serve a share (1 to 99 %) on every balancer.

        `held` is the share that it has now, as the caller believes; another one is refused.
        Otherwise like `flip`: where it fails, the serving colour is brought back whole.

        Raises:
            NotFound, Refused, RevisionConflict, LeaseLost: See `flip`.
        """
        live = self._store.service_status(self._service(service).name).live
        if live is None:
            raise Refused("nobody knows which colour serves", "Wait until it was read.")
        wish = FlipWish(live.other, actor, why, run_id, glass=glass, percent=percent, held=held)
        return await self._change(self._service(service), wish)

    async def repair(self, service: str, actor: str, why: str = "") -> Flip:
        """Brings every balancer back to the colour that should serve, whole.

        For balancers that disagree, a colour that was changed behind our back, and files
        that are armed. What cannot be proved is never answered by the other colour: the one
        that should serve is committed again, and a person asked.

        Raises:
            Refused: Nobody knows what should serve, everything is as it should be, or a
                balancer cannot be read.
        """
        found = self._service(service)
        live = self._store.service_status(found.name).live
        if live is None:
            raise Refused("nobody knows which colour should serve", "Wait until it was read.")
        wish = FlipWish(live, actor, why or "repair", is_undo=True, is_repair=True)
        return await self._change(found, wish)

    def _is_in_step(self, service: Service) -> bool:
        """Whether a canary changes its share at this moment: that is over soon."""
        return any(flip.percent < 100 for flip in self._unfinished(service))

    async def recover(self) -> tuple[Flip, ...]:
        """Ends what a dead worker left in the middle: finished or rolled back, it says which.

        Flips that are under way here, those that another living worker may be at, and
        those whose lease somebody else holds by now, are left alone. One after the other: the
        same words hold a lease twice.
        """
        async with self._recovering:
            return await self._recover()

    async def _recover(self) -> tuple[Flip, ...]:
        self._leases.give_back_kept()
        settled: list[Flip] = []
        for flip in reversed(self._unfinished(None)):
            service = self._services.get(flip.service)
            holder = holder_of(flip.id, flip.actor)
            if service is None or flip.id in self._active or self._is_of_another(flip):
                continue
            if self._take(service, holder, "recovery") is None:
                continue
            try:
                settled.append(await self._settle(service, flip, holder))
            finally:
                self._leases.give_back(service.name, holder)
        if self._owners is None or not self._owners.has_peers():
            self._free_leases()
        # what was set aside a moment ago is asked again at the next call
        await self._put_right([flip.service for flip in settled if flip.set_aside])
        return tuple(settled)

    async def _put_right(self, later: Sequence[str]) -> None:
        """Brings along what was set aside, where nobody flips and the balancer answers."""
        for service in self._services.values():
            if service.name in later or not self._store.service_status(service.name).set_aside:
                continue
            if self._unfinished(service):
                continue
            holder = f"follow-up ({service.name})"
            if self._take(service, holder, "bringing along what was set aside") is None:
                continue
            try:
                await put_right(self._store, self._clock, service, self._switches(service))
            finally:
                self._leases.give_back(service.name, holder)

    def why_not(self, service: str, to: Colour | None = None) -> str | None:
        """Why a flip would be refused now, as far as the store knows."""
        return rules.why_not_flip(self._store, self._clock, self._service(service), to)

    async def check(self, service: str) -> tuple[Finding, ...]:
        """Whether the balancers are set up for a flip; changes nothing.

        Raises:
            Refused: It has no switch, or somebody flips it now.
        """
        found = self._service(service)
        switches = self._switches(found)
        return await check_switch(self._store, self._clock, self._links, found, switches)

    def plan(self, service: str, to: Colour) -> tuple[str, ...]:
        """The exact commands of a flip, for a person to read."""
        found = self._service(service)
        return rules.plan_of_flip(self._switches(found), found, to)

    async def _change(self, service: Service, wish: FlipWish) -> Flip:
        self._leases.give_back_kept()
        flip_id = FlipId(f"f-{secrets.token_hex(5)}")
        holder = holder_of(flip_id, wish.actor)
        fence = self._take(service, holder, f"flip: {wish.why}")
        if fence is None:
            lease = rules.running_lease(self._store, self._clock, service.name)
            raise rules.refuse_second(lease, service.name)
        self._active[flip_id] = holder
        try:
            await self._settle_older(service, holder)
            return await self._begin(service, wish, flip_id, fence)
        finally:
            del self._active[flip_id]
            self._leases.give_back(service.name, holder)

    async def _begin(self, service: Service, wish: FlipWish, flip_id: FlipId, fence: int) -> Flip:
        status = self._store.service_status(service.name)
        if wish.held is not None:
            self._raise(rules.refuse_share(status, wish.held))
        switches = self._switches(service)
        if wish.is_undo and not wish.without:  # what was left out once does not stop the way back
            left, set_aside = leave_in(switches, status.set_aside)
        else:
            left, set_aside = kept(switches, wish.without), tuple(map(HostName, wish.without))
        balancers = Balancers(left)
        readings = await read_patiently(balancers, self._clock, with_files=wish.is_repair)
        self._raise(refuse_unread(status, readings))
        to = rules.target_of(status, readings, wish.to)
        if wish.is_repair:
            self._raise(rules.refuse_repair(status, readings))
        if wish.is_undo and wish.to is None and status.last_flip is not None:
            self._raise(rules.refuse_replaced(status, self._store.flip(status.last_flip), to))
        self._raise(rules.refuse_start(status, readings, to, wish.expected_live, wish.percent))
        servers = await ask_servers(self._links, self._clock, service)
        self._raise(rules.refuse_servers(servers, to, is_undo=wish.is_undo, name=service.name))
        if not wish.is_undo:
            self._raise(rules.refuse_versions(status, servers, to))
        doors = self._doors(service, balancers)
        try:
            blind = await doors.hold()
            if blind and not wish.is_undo:
                host, error = next(iter(blind.items()))
                hint = "Give the port that the front door listens on as `port:` of the switch."
                raise Refused(
                    f"no answer through {host}: {error.title}", f"{error.hint} {hint}".strip()
                )
            fence = max(fence, status.fence + 1, readings.fence + 1)
            now = self._clock.now()
            flip = flip_of(wish, flip_id, status, to, fence, now, set_aside)
            journal = FlipJournal(self._store, self._clock, flip, holder_of(flip_id, wish.actor))
            journal.begin(status.live or to.other)
            if set_aside:
                names = ", ".join(set_aside)
                journal.note(f"{len(left)} of {len(switches)} balancers, {names} set aside")
            self._note_findings(journal, readings, servers)
            walk = Walk(journal, self._clock, service, balancers, doors, Names.of(servers), blind)
            try:
                return await walk.whole()
            except LeaseLost:
                await balancers.abandon()
                raise
        finally:
            doors.close()

    def _note_findings(
        self, journal: FlipJournal, readings: Readings, servers: Sequence[ServerHealth]
    ) -> None:
        to = journal.flip.to_colour
        told = ", ".join(
            f"{s.host} {'is well' if s.is_healthy else s.why or 'unknown'} {s.version}".strip()
            for s in servers
            if s.colour is to
        )
        journal.note(f"{readings}; {to}: {told}")

    async def _settle_older(self, service: Service, holder: str) -> None:
        """The lease is ours, so whoever left a flip unfinished is not at it any more."""
        for flip in reversed(self._unfinished(service)):
            settled = await self._settle(service, flip, holder)
            if settled.state is FlipState.UNKNOWN:
                raise Refused(
                    f"the flip before ({flip.id}) is not settled: {settled.error}",
                    "Bring that balancer back, or take it out of the workspace.",
                )

    async def _settle(self, service: Service, flip: Flip, holder: str) -> Flip:
        balancers = Balancers(leave_in(self._switches(service), flip.set_aside)[0])
        doors = self._doors(service, balancers)
        servers = await ask_servers(self._links, self._clock, service)
        try:
            return await settle(
                self._store,
                self._clock,
                service,
                flip,
                holder,
                balancers,
                doors,
                Names.of(servers),
            )
        finally:
            doors.close()

    def _is_of_another(self, flip: Flip) -> bool:
        return self._owners is not None and self._owners.is_of_another(flip)

    def _free_leases(self) -> None:
        """A flip that died before its journal began left nothing but its lease.

        Were it alive after all, it would find the lease gone before it acts.
        """
        known = {holder_of(flip.id, flip.actor) for flip in self._unfinished(None)}
        known |= set(self._active.values())
        for service in self._services.values():
            lease = rules.running_lease(self._store, self._clock, service.name)
            if lease is None or is_of_a_run(lease.holder):
                continue
            if lease.holder not in known:
                self._store.release_lease(lease.name, lease.holder)

    def _doors(self, service: Service, balancers: Balancers) -> Doors:
        return Doors(self._links, service, balancers.hosts)

    def _unfinished(self, service: Service | None) -> list[Flip]:
        flips = self._store.flips(service.name if service else None, limit=200)
        return [flip for flip in flips if flip.state not in ENDED]

    def _take(self, service: Service, holder: str, reason: str) -> int | None:
        now = self._clock.now()
        lease = self._store.take_lease(lease_name(service.name), holder, reason, now, LEASE_S)
        return lease.fence if lease else None

    def _service(self, name: str) -> Service:
        try:
            return self._services[name]
        except KeyError:
            raise NotFound(f"no service {name}", "Look at the workspace's services.") from None

    @staticmethod
    def _raise(refused: Refused | None) -> None:
        if refused is not None:
            raise refused
