"""The whole store of one workspace, over any database."""

from __future__ import annotations

from devops_tui.stores.sql.card_changes import SqlCardChanges
from devops_tui.stores.sql.cards import SqlCards
from devops_tui.stores.sql.desk import SqlDesk
from devops_tui.stores.sql.follow_ups import SqlFollowUps
from devops_tui.stores.sql.incidents import SqlIncidents
from devops_tui.stores.sql.logs import SqlLogs
from devops_tui.stores.sql.marks import SqlMarks
from devops_tui.stores.sql.owners import SqlOwners
from devops_tui.stores.sql.retention import SqlHoldings, SqlRoom
from devops_tui.stores.sql.runs import SqlRuns
from devops_tui.stores.sql.settings import SqlSettings
from devops_tui.stores.sql.sources import SqlSources
from devops_tui.stores.sql.tracker import SqlTracker
from devops_tui.stores.sql.traffic import SqlTraffic


class SqlStore(
    SqlRuns,
    SqlFollowUps,
    SqlLogs,
    SqlTraffic,
    SqlCards,
    SqlCardChanges,
    SqlIncidents,
    SqlDesk,
    SqlOwners,
    SqlMarks,
    SqlSettings,
    SqlSources,
    SqlHoldings,
    SqlRoom,
    SqlTracker,
):
    """Implements ports.store.Store; belongs to the thread that opened it."""
