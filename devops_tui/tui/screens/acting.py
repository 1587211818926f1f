"""What an operator does to the selected thing, on whatever screen it is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from devops_tui.tui.actions import BY_ID

if TYPE_CHECKING:
    from devops_tui.tui.app import DevopsApp


class ActingScreen(Screen[None]):
    """Base of every view: hands an act to the house, with what is selected here."""

    @property
    def house(self) -> DevopsApp:
        """The app, typed."""
        return cast("DevopsApp", self.app)

    def subject_of(self, kind: str) -> str:
        """The selected "run", "pipeline", "service", "card", "host" or "incident"; or empty."""
        return ""

    def _act(self, action_id: str, **how: str) -> None:
        self.house.acts.do(action_id, self.subject_of(BY_ID[action_id].kind), **how)

    def action_run_pipeline(self) -> None:
        """Starts a run of the selected pipeline."""
        self._act("pipeline.run")

    def action_stream(self) -> None:
        """Opens the value stream of the selected pipeline."""
        self.house.open("stream", self.subject_of("pipeline"))

    def action_changes(self) -> None:
        """Opens what the selected run brings."""
        self.house.open("changes", self.subject_of("run"))

    def action_rerun(self, mode: str) -> None:
        """Runs again what failed, or from the selected stage on."""
        stage = self.subject_of("stage") if mode == "from" else ""
        self._act("run.rerun", mode=mode, stage=stage)

    def action_cancel_run(self) -> None:
        """Ends the selected run."""
        self._act("run.cancel")

    def action_approve(self) -> None:
        """Approves what the selected run waits for."""
        self._act("gate.approve")

    def action_reject(self) -> None:
        """Rejects it."""
        self._act("gate.reject")

    def action_break_glass(self) -> None:
        """Lets the selected run act outside of its windows."""
        self._act("run.break_glass")

    def action_flip(self) -> None:
        """Switches the selected service to its other colour."""
        self._act("traffic.flip")

    def action_undo_flip(self) -> None:
        """Switches back, at once."""
        self._act("traffic.undo")

    def action_release(self) -> None:
        """Opens the selected service on the releases screen."""
        self.house.open("releases", self.subject_of("service"))

    def action_move_card(self, way: str) -> None:
        """Moves the selected card."""
        self._act(f"card.{way}")

    def action_add_card(self) -> None:
        """Files a new card."""
        self._act("card.add")

    def action_open_shell(self) -> None:
        """A shell where the selected job ran."""
        self._act("shell.open")

    def action_open_host_shell(self) -> None:
        """A shell on the selected host."""
        self._act("shell.host")

    def action_trust(self) -> None:
        """Shows the key of the selected host, and trusts it when told."""
        self._act("host.trust")

    def action_silence(self) -> None:
        """Keeps the alerts of what is selected quiet."""
        self._act("alert.silence")

    def action_acknowledge(self) -> None:
        """Takes the selected incident."""
        self._act("incident.acknowledge")

    def action_resolve(self) -> None:
        """Ends the selected incident."""
        self._act("incident.resolve")
