"""A board with a Jira beside it, in one process: a store, a still clock, the sync, a site."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from devops_tui.domain.board import BoardRules, Card, WipLimit
from devops_tui.domain.card_edit import CardEdit
from devops_tui.domain.ids import CardId
from devops_tui.domain.jira import JiraKind, JiraSettings
from devops_tui.domain.team import Member, Role, Team
from devops_tui.domain.tracker import IssueCopy, SyncState
from devops_tui.integrations.jira.adf import adf_of
from devops_tui.integrations.jira.http import JiraHttp
from devops_tui.integrations.jira.tracker import JiraTracker
from devops_tui.services.boards import Boards
from devops_tui.services.tracker.book import read_state
from devops_tui.services.tracker.questions import Questions
from devops_tui.services.tracker.sync import TrackerSync
from devops_tui.stores.sql.store import SqlStore
from devops_tui.stores.sqlite.store import SqliteStore
from support.clocks import StillClock
from support.jira_double import TOKEN, JiraDouble, jira_double
from support.jira_faults import Faults
from support.jira_site import JiraSite

PEOPLE = {"minji": "acc-minji", "jun": "acc-jun", "sora": "acc-sora"}
TEAM = Team(
    (
        Member("minji", (Role.PRODUCT_OWNER,)),
        Member("jun", (Role.SCRUM_MASTER,)),
        Member("sora", (Role.MEMBER,)),
    )
)
RULES = BoardRules("SHOP", WipLimit(), WipLimit())


class PlainSecrets:
    """One secret."""

    def __init__(self) -> None:
        self.value = TOKEN

    async def resolve(self, reference: str) -> str:
        return self.value


@dataclass
class JiraHouse:
    """What a test of the sync needs."""

    store: SqlStore
    clock: StillClock
    site: JiraSite
    double: JiraDouble
    settings: JiraSettings
    tracker: JiraTracker
    boards: Boards
    secrets: PlainSecrets
    rules: BoardRules
    team: Team
    sync: TrackerSync = field(init=False)

    def __post_init__(self) -> None:
        self.sync = make_sync(self)

    def again(self) -> None:
        """Another worker goes on, which knows what the store knows."""
        self.sync = make_sync(self)

    async def round(self) -> SyncState:
        """One round at once, whatever it was asked to wait for."""
        state = read_state(self.store, self.settings)
        if state.not_before is not None and state.not_before > self.clock.at:
            self.clock.at = state.not_before
        await self.sync.step()
        return read_state(self.store, self.settings)

    async def good_round(self) -> SyncState:
        """A round that has to go well."""
        state = await self.round()
        assert not state.error, state.error
        return state

    def card_of(self, number: str) -> Card:
        """The card of an issue."""
        copy = self.copy_of(number)
        return self.store.card(copy.card_id)

    def copy_of(self, number: str) -> IssueCopy:
        copy = self.store.copy_of_issue(number)
        assert copy is not None
        return copy

    def issue_of(self, card_id: CardId) -> dict[str, object]:
        """The issue of a card."""
        copy = self.store.issue_copy(card_id)
        assert copy is not None
        return self.site.issue(copy.issue_id)

    def edit(self, card_id: CardId, by: str = "minji", **fields: object) -> Card:
        """What somebody does on the board."""
        return self.boards.edit(card_id, CardEdit(**fields), by)  # type: ignore[arg-type]


def make_sync(house: JiraHouse) -> TrackerSync:
    """A sync that has done nothing yet."""
    house.tracker.close()
    http = JiraHttp(house.settings.url, house.settings.user, house.settings.token, house.secrets)
    house.tracker = JiraTracker(house.settings, http)
    return TrackerSync(
        house.store, house.clock, house.settings, house.rules, house.team, house.tracker, _never
    )


async def _never() -> None:
    raise AssertionError("a test makes its rounds by hand")


@asynccontextmanager
async def jira_house(
    folder: Path,
    *,
    is_cloud: bool = True,
    faults: Faults | None = None,
    team: Team = TEAM,
    rules: BoardRules = RULES,
    store: SqlStore | None = None,
) -> AsyncIterator[JiraHouse]:
    """A board and a site that know nothing of one another yet."""
    clock = StillClock()
    site = JiraSite(clock.now, is_cloud=is_cloud)
    site.users.update({account: login.title() for login, account in PEOPLE.items()})
    site.users["acc-kim"] = "Kim Customer"
    used = store or SqliteStore.open(folder / "state.db")
    try:
        async with jira_double(site, faults) as double:
            settings = JiraSettings(
                double.url,
                JiraKind.CLOUD if is_cloud else JiraKind.SERVER,
                "SH",
                "env:JIRA",
                "bot@example.com" if is_cloud else "",
                12,
                people=PEOPLE,
            )
            secrets = PlainSecrets()
            boards = Boards(used, clock, rules, team)
            tracker = JiraTracker(settings, JiraHttp(settings.url, "", "env:JIRA", secrets))
            house = JiraHouse(
                used, clock, site, double, settings, tracker, boards, secrets, rules, team
            )
            try:
                yield house
            finally:
                house.tracker.close()
    finally:
        used.close()


def filed(house: JiraHouse, title: str = "Vouchers", by: str = "acc-kim") -> str:
    """An issue that somebody files in Jira; its id."""
    return house.site.create(by, {"summary": title}, {})


def words_of(house: JiraHouse, text: str) -> object:
    """A text as the edition writes it."""
    return adf_of(text) if house.site.is_cloud else text


def resolved(house: JiraHouse, card: CardId, name: str, take: str, by: str = "minji") -> None:
    """Somebody decides a clash."""
    Questions(house.boards._ledger).resolve(card, name, take, by)
