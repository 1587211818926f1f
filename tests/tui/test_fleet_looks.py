from __future__ import annotations

from driving import Driver, driving


def order(driver: Driver) -> list[str]:
    return [row.key for row in driver.table("host-rows").rows]


async def test_a_query_filters_hosts_and_escape_clears_it() -> None:
    async with driving() as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("slash")
        await driver.type("cpu > 90 and state = hurt")
        await driver.press("enter")
        await driver.until(lambda: order(driver) == ["web-07"], "the one that hurts")
        assert "/cpu > 90 and state = hurt" in driver.text()
        await driver.press("escape")
        await driver.until(lambda: len(order(driver)) == 27, "all hosts again")


async def test_a_wrong_query_says_where_and_keeps_what_was_shown() -> None:
    async with driving(size=(120, 40)) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("slash")
        await driver.type("cpu > 90 and nam")
        await driver.until_shown("character 14: `nam` is no field")
        assert order(driver) == ["web-07"]


async def test_groups_as_rows_and_into_one() -> None:
    async with driving() as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("b")
        await driver.until_shown("by group")
        names = order(driver)
        assert names
        assert "web-07" not in names
        await driver.press("b")
        await driver.until(lambda: len(order(driver)) == 27, "all hosts again")


async def test_the_heat_map_names_the_host_under_its_cursor_and_opens_it() -> None:
    async with driving(size=(80, 24)) as driver:
        await driver.press("5")
        await driver.until_shown("web-07")
        await driver.press("m")
        await driver.until_shown("web-01 ")
        assert "underlined: quiet" in driver.text()
        await driver.press("l")
        await driver.until_shown("web-02 ")
        await driver.press("enter")
        await driver.until(lambda: driver.app.view.subject == "web-02", "its detail")  # type: ignore[union-attr]
        await driver.press("escape", "m")
        await driver.until(lambda: len(order(driver)) == 27, "the table again")
