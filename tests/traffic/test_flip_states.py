"""Random histories of the journal: only the table's transitions, one end, nothing lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.clocks import StillClock

from devops_tui.domain.errors import LeaseLost, SwitchRefused
from devops_tui.domain.ids import FlipId, ServiceName
from devops_tui.domain.traffic import FLIP_TRANSITIONS, Colour, Flip, FlipState
from devops_tui.services.flip_journal import ENDED, LEASE_S, FlipJournal, lease_name
from devops_tui.stores.sqlite.store import SqliteStore

SHOP = ServiceName("shop")


class FlipHistory(RuleBasedStateMachine):
    """One flip whose journal is driven at random, against a list of what should be there."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = SqliteStore.open(Path(self.folder.name) / "state.db")
        self.clock = StillClock()
        flip = Flip(
            FlipId("f-1"),
            SHOP,
            Colour.BLUE,
            Colour.GREEN,
            FlipState.ASKED,
            "jun",
            "release",
            3,
            self.clock.now(),
        )
        self.journal = FlipJournal(self.store, self.clock, flip, "jun (f-1)")
        self.journal.begin(Colour.BLUE)
        self.states = [FlipState.ASKED]
        self.steps: list[bool] = []

    @rule(to=st.sampled_from(FlipState), error=st.sampled_from(["", "lb-2 is gone"]))
    def move(self, to: FlipState, error: str) -> None:
        if to in FLIP_TRANSITIONS[self.states[-1]]:
            self.journal.move(to, error)
            self.states.append(to)
        else:
            with pytest.raises(ValueError, match="cannot go"):
                self.journal.move(to, error)

    @rule(ms=st.integers(0, 5000))
    def step_that_works(self, ms: int) -> None:
        with self.journal.step("do") as outcome:
            (*_, open_step) = self.store.flip(FlipId("f-1")).steps
            assert not open_step.is_done  # the intent is durable before the act
            self.clock.move(ms / 1000)
            outcome.text = "did"
        assert self.journal.flip.steps[-1].ms == pytest.approx(ms)
        self.steps.append(True)

    @rule()
    def step_that_fails(self) -> None:
        with pytest.raises(SwitchRefused), self.journal.step("do"):
            raise SwitchRefused("no")
        assert self.journal.flip.steps[-1].what == "do: no"
        self.steps.append(False)

    @precondition(lambda self: self.states[-1] not in ENDED)
    @rule()
    def another_holder_stops_it(self) -> None:
        self.clock.move(LEASE_S + 1)
        now = self.clock.now()
        assert self.store.take_lease(lease_name(SHOP), "sora (f-2)", "flip", now, 5)
        with pytest.raises(LeaseLost), self.journal.step("never"):
            raise AssertionError("it acted without the lease")
        self.clock.move(6)

    @invariant()
    def what_is_stored_is_what_happened(self) -> None:
        stored = self.store.flip(FlipId("f-1"))
        assert stored == self.journal.flip
        assert stored.state is self.states[-1]
        assert [step.is_done for step in stored.steps] == self.steps
        assert (stored.ended_at is not None) == (stored.state in ENDED)
        assert len(self.store.events(subject=SHOP)) == len(self.states)

    @invariant()
    def the_fence_never_falls(self) -> None:
        assert self.store.service_status(SHOP).fence >= 3

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


TestFlipHistory = FlipHistory.TestCase
TestFlipHistory.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


def test_every_state_can_end() -> None:
    for state in FlipState:
        reached = {state}
        while more := {t for s in reached for t in FLIP_TRANSITIONS[s]} - reached:
            reached |= more
        assert reached & ENDED


def test_a_proved_flip_never_simply_fails() -> None:
    assert FlipState.FAILED not in FLIP_TRANSITIONS[FlipState.PROVED]
