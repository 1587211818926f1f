"""Parameters: what each kind takes, and what a run is told."""

from __future__ import annotations

import pytest

from devops_tui.domain.errors import WrongParameter
from devops_tui.domain.parameter import Given, Parameter, ParameterKind, is_reference, read, resolve

NUMBER = Parameter("n", ParameterKind.NUMBER, minimum=-1, maximum=10)
CHOICE = Parameter("c", ParameterKind.CHOICE, "eu", options=("eu", "us"))
SECRET = Parameter("s", ParameterKind.SECRET)


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (NUMBER, "3", "3"),
        (NUMBER, "+3.50", "3.5"),
        (NUMBER, "-0.0", "0"),
        (NUMBER, "10.000", "10"),
        (NUMBER, "0.000000001", "0.000000001"),
        (NUMBER, "", ""),
        (CHOICE, "us", "us"),
        (Parameter("b", ParameterKind.BOOLEAN), "True", "true"),
        (Parameter("t"), " x ", " x "),
        (SECRET, "env:TOKEN", "env:TOKEN"),
        (SECRET, "sops:/a/b.yaml#key", "sops:/a/b.yaml#key"),
    ],
)
def test_what_is_taken(parameter: Parameter, text: str, value: str) -> None:
    assert read(parameter, text) == value


@pytest.mark.parametrize(
    ("parameter", "text", "title"),
    [
        (NUMBER, "11", "n must be a number from -1 to 10, is '11'"),
        (NUMBER, "-1.000000001", "n must be a number from -1 to 10"),
        (NUMBER, "1e1", "n must be a number from -1 to 10"),
        (NUMBER, "nan", "n must be a number from -1 to 10"),
        (CHOICE, "EU", "c must be one of eu, us, is 'EU'"),
        (Parameter("b", ParameterKind.BOOLEAN), "yes", "b must be true or false"),
        (Parameter("t"), "a\nb", "t must be one line of text"),
        (Parameter("t"), "x" * 2001, "t must be one line of text"),
        (Parameter("t", is_required=True), "", "t is required"),
    ],
)
def test_what_is_refused(parameter: Parameter, text: str, title: str) -> None:
    with pytest.raises(WrongParameter) as caught:
        read(parameter, text)
    assert caught.value.title.startswith(title)


@pytest.mark.parametrize(
    "text", ["hunter2", "env:", "env:A B", "file:x", "keyring:x", "cmd:[id]", "plain:x", "env:A\n"]
)
def test_a_secret_is_a_reference_and_is_never_repeated(text: str) -> None:
    assert not is_reference(text)
    with pytest.raises(WrongParameter) as caught:
        read(SECRET, text)
    assert text.strip() not in caught.value.title.replace("env:NAME", "")


def test_defaults_fill_in_and_a_command_may_be_a_default_only() -> None:
    command = Parameter("s", ParameterKind.SECRET, 'cmd:["pass", "shop"]')
    assert resolve((CHOICE, command, NUMBER), {}) == (
        Given("c", "eu"),
        Given("s", 'cmd:["pass", "shop"]', is_secret=True),
        Given("n", ""),
    )
    assert resolve((command,), {"s": command.default})[0].value == command.default
    with pytest.raises(WrongParameter):
        resolve((command,), {"s": 'cmd:["id"]'})


def test_everything_that_is_wrong_is_said_at_once() -> None:
    parameters = (CHOICE, NUMBER, Parameter("t", is_required=True))
    with pytest.raises(WrongParameter) as caught:
        resolve(parameters, {"c": "mars", "x": "1"})
    for said in ("no parameter x", "c must be one of eu, us", "t is required"):
        assert said in caught.value.title
    with pytest.raises(WrongParameter) as caught:
        resolve(parameters, {"t": "y", "z": ""})
    assert (caught.value.title, caught.value.hint) == ("no parameter z", "There are: c, n, t.")


def test_the_variable_of_a_parameter() -> None:
    assert Given("dry_run", "true").variable == "PARAM_DRY_RUN"
