"""The form of a run's parameters, by the keyboard alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driving import Driver, driving
from sample_world import world

from devops_tui.domain.audit import Verb
from devops_tui.domain.parameter import Parameter, ParameterKind
from devops_tui.domain.view import Overview
from devops_tui.tui.run_form import RunForm

PARAMETERS = (
    Parameter("version", description="what is built", is_required=True),
    Parameter("canaries", ParameterKind.NUMBER, "2", minimum=1, maximum=10),
    Parameter("region", ParameterKind.CHOICE, "eu", options=("eu", "us", "asia")),
    Parameter("dry_run", ParameterKind.BOOLEAN, "false"),
    Parameter("token", ParameterKind.SECRET, 'cmd:["pass", "shop"]'),
    Parameter("note", description="[@click=app.quit]x[/] for the log"),
)


def asking(parameters: tuple[Parameter, ...] = PARAMETERS) -> Overview:
    overview = world()
    assert overview.workspace is not None
    pipelines = {
        name: replace(pipeline, parameters=parameters)
        for name, pipeline in overview.workspace.pipelines.items()
    }
    return replace(overview, workspace=replace(overview.workspace, pipelines=pipelines))


async def opened(driver: Driver) -> None:
    await driver.press("colon")
    await driver.type("run shop")
    await driver.press("enter")
    await driver.until(lambda: isinstance(driver.app.screen, RunForm))
    await driver.until_shown("canaries")


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_every_field_and_both_choices_fit(size: tuple[int, int]) -> None:
    async with driving(asking(), size=size) as driver:
        await opened(driver)
        text = driver.text()
        for parameter in PARAMETERS:
            assert parameter.name in text
        assert "Run shop" in text
        assert "run shop" in text
        assert "Cancel" in text
        assert "a number from 1 to 10" in text
        assert "▸ eu    us    asia" in text
        assert "[@click=app.quit]x[/] for the log" in text


async def test_defaults_go_along_and_enter_leads_through_the_fields() -> None:
    async with driving(asking(), size=(80, 24)) as driver:
        await opened(driver)
        await driver.type("1.4.0")
        await driver.press("enter", "enter")
        await driver.press("right", "enter", "space", "enter", "enter", "enter")
        await driver.until(lambda: driver.front.calls)
        values = {
            "version": "1.4.0",
            "canaries": "2",
            "region": "us",
            "dry_run": "true",
            "token": 'cmd:["pass", "shop"]',
            "note": "",
        }
        assert driver.front.calls == [("file", Verb.RUN, "shop", "", {"parameters": values})]


async def test_what_is_wrong_is_said_beside_the_field_and_nothing_starts() -> None:
    async with driving(asking(), size=(80, 24)) as driver:
        await opened(driver)
        await driver.press("enter")
        await driver.until_shown("version* ✗ is required")
        await driver.type("v1")
        await driver.until(lambda: "is required" not in driver.text())
        await driver.press("enter", "backspace", "4", "2", "enter")
        await driver.until_shown("canaries ✗ must be a number from 1 to 10, is '42'")
        await driver.press("down", "down", "down", "end")
        await driver.type("x")
        await driver.press("up")
        await driver.until_shown("token ✗ must be a reference")
        assert not driver.front.calls
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, RunForm))
        assert not driver.front.calls


async def test_the_first_wrong_field_is_gone_to_from_the_choice() -> None:
    async with driving(asking()) as driver:
        await opened(driver)
        driver.table("choices").focus()
        await driver.press("enter")
        await driver.until_shown("✗ is required")
        await driver.type("v2")
        driver.table("choices").focus()
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls)


async def test_many_parameters_scroll() -> None:
    many = tuple(Parameter(f"value_{index}") for index in range(30))
    async with driving(asking(many), size=(80, 24)) as driver:
        await opened_many(driver)
        assert "Cancel" in driver.text()
        for _ in range(29):
            await driver.press("down")
        await driver.until_shown("value_29")
        assert "Cancel" in driver.text()


async def opened_many(driver: Driver) -> None:
    await driver.press("colon")
    await driver.type("run shop")
    await driver.press("enter")
    await driver.until_shown("value_0")


async def test_no_parameters_no_form() -> None:
    async with driving(world()) as driver:
        await driver.press("colon")
        await driver.type("run shop")
        await driver.press("enter")
        await driver.until(lambda: driver.front.calls)
        assert driver.front.calls == [("file", Verb.RUN, "shop", "", {})]
