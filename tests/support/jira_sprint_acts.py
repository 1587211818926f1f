"""What people do with sprints on both sides, and what has to be so at the end of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random

from devops_tui.services.sprints import Sprints, read_sprint
from support.jira_house import JiraHouse

Token = Callable[[], str]


def sprint_here(house: JiraHouse, chance: Random, token: Token) -> None:
    """The scrum master begins a sprint, or mostly ends the one that runs."""
    sprints = Sprints(house.store, house.clock, house.team)
    if read_sprint(house.store) is not None:
        if chance.random() < 0.6:
            sprints.end("jun")
        return
    day = (house.clock.now() + timedelta(days=14)).date().isoformat()
    sprints.start(token(), day, "jun")


def sprint_there(house: JiraHouse, chance: Random, token: Token) -> None:
    """Somebody plans a sprint, begins one, changes its goal, or ends it."""
    site = house.site
    running = site.sprint
    if running is not None:
        change = {"state": "closed"} if chance.random() < 0.6 else {"goal": token()}
        site.change_sprint(str(running["id"]), change)
        return
    planned = [s for s in site.sprints if s["state"] == "future"]
    if not planned or chance.random() < 0.3:
        site.plan_sprint(token())
        return
    end = f"{site.now + timedelta(days=14):%Y-%m-%dT%H:%M:%S.000+0000}"
    begun = {"state": "active", "goal": token(), "startDate": end, "endDate": end}
    site.change_sprint(str(planned[0]["id"]), begun)


def sprint_problems(house: JiraHouse) -> list[str]:
    """One runs on both sides or on none, with one goal; none was made twice."""
    here, there = read_sprint(house.store), house.site.sprint
    problems: list[str] = []
    if (here is None) != (there is None):
        problems.append(f"sprint: {here} here, {there} there")
    elif here is not None and there is not None and here.goal != there.get("goal"):
        problems.append(f"goal: {here.goal} here, {there.get('goal')} there")
    # one that people there began and closed before its arrival was known is made once more
    names = Counter(s["name"] for s in house.site.sprints if s["state"] != "closed")
    return problems + [f"sprint twice: {name}" for name, count in names.items() if count > 1]
