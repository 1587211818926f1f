"""What AWS says when it does not do what it is asked, by botocore's Stubber: never "not done"
where nobody knows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from support.aws_double import asking, client

from devops_tui.domain.cloud_switching import AwsLogin
from devops_tui.domain.errors import (
    DevopsError,
    HostUnreachable,
    LoginRefused,
    NotFound,
    SwitchRefused,
)
from devops_tui.switches.aws import AwsClient, AwsClients, in_thread

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/a/b/c"
ERRORS = import_module("botocore.exceptions")


@pytest.fixture
def stub() -> Iterator[Any]:
    """The library's client for elbv2, which answers what a test puts into it."""
    made = import_module("botocore.stub").Stubber(client("elbv2"))
    with made:
        yield made
        made.assert_no_pending_responses()


def refuse(stub: Any, code: str, status: int = 400, message: str = "") -> None:
    stub.add_client_error("describe_rules", code, message, http_status_code=status)


async def ask(stub: Any, pauses: list[float] | None = None) -> Any:
    return await asking(stub.client, pauses).call("describe_rules", RuleArns=[ARN])


async def test_haste_is_waited_for(stub: Any) -> None:
    for code in ("Throttling", "RequestLimitExceeded", "PriorRequestNotComplete"):
        refuse(stub, code)
    stub.add_response("describe_rules", {"Rules": []}, {"RuleArns": [ARN]})
    pauses: list[float] = []
    assert (await ask(stub, pauses))["Rules"] == []
    assert pauses == sorted(pauses)
    assert len(pauses) == 3


async def test_endless_haste_can_be_tried_again_and_was_not_done(stub: Any) -> None:
    for _ in range(4):
        refuse(stub, "Throttling")
    with pytest.raises(HostUnreachable, match="asks for patience") as refused:
        await ask(stub)
    assert refused.value.is_retryable
    assert "Nothing was done" in refused.value.hint


@pytest.mark.parametrize(
    ("code", "status", "kind", "words"),
    [
        ("AccessDenied", 403, LoginRefused, "describe_rules is not allowed"),
        ("ExpiredToken", 403, LoginRefused, "does not take the credentials"),
        ("InvalidClientTokenId", 403, LoginRefused, "does not take the credentials"),
        ("RuleNotFound", 400, SwitchRefused, "RuleNotFound"),
        ("InternalFailure", 500, HostUnreachable, "InternalFailure"),
        ("ServiceUnavailable", 503, HostUnreachable, "ServiceUnavailable"),
        ("SomethingNew", 400, SwitchRefused, "SomethingNew"),
    ],
)
async def test_a_refusal_is_told_by_what_it_means(
    stub: Any, code: str, status: int, kind: type[DevopsError], words: str
) -> None:
    refuse(stub, code, status, "long " * 200)
    with pytest.raises(kind, match=words) as refused:
        await ask(stub)
    assert refused.value.hint
    assert len(refused.value.title) < 400


class Broken:
    """A client whose every call fails so."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def describe_rules(self, **_: Any) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ERRORS.ReadTimeoutError(endpoint_url="https://x"), HostUnreachable),
        (ERRORS.ConnectTimeoutError(endpoint_url="https://x"), HostUnreachable),
        (ERRORS.EndpointConnectionError(endpoint_url="https://x"), HostUnreachable),
        (ERRORS.ConnectionClosedError(endpoint_url="https://x"), HostUnreachable),
        (ERRORS.NoCredentialsError(), LoginRefused),
        (ERRORS.TokenRetrievalError(provider="sso", error_msg="over"), LoginRefused),
        (ERRORS.ParamValidationError(report="x"), SwitchRefused),
    ],
)
async def test_a_failure_on_the_way_is_no_refusal(
    error: Exception, kind: type[DevopsError]
) -> None:
    with pytest.raises(kind) as failed:
        await asking(Broken(error)).call("describe_rules")
    if kind is HostUnreachable:
        assert "It may have done what it was told" in failed.value.hint


async def test_credentials_that_are_over_are_looked_for_again(stub: Any) -> None:
    opened = 0

    async def open() -> Any:
        nonlocal opened
        opened += 1
        return stub.client

    aws = AwsClient("aws", open)
    refuse(stub, "ExpiredToken", 403)
    stub.add_response("describe_rules", {"Rules": []}, {"RuleArns": [ARN]})
    with pytest.raises(LoginRefused):
        await aws.call("describe_rules", RuleArns=[ARN])
    assert (await aws.call("describe_rules", RuleArns=[ARN]))["Rules"] == []
    assert opened == 2


async def test_a_missing_library_is_said_with_its_cure() -> None:
    async def open() -> Any:
        raise ImportError("boto3")

    with pytest.raises(SwitchRefused) as refused:
        await AwsClient("aws", open).call("describe_rules")
    assert "pip install 'devops-tui[aws]'" in refused.value.hint


async def test_a_secret_that_is_not_there_names_the_reference_only() -> None:
    async def resolve(reference: str) -> str:
        raise NotFound(f"no {reference}")

    clients = AwsClients(resolve)
    login = AwsLogin(key="env:AWS_KEY", secret="env:AWS_SECRET")
    with pytest.raises(NotFound, match="env:AWS_KEY"):
        await clients.of(login, "elbv2", "eu-west-1").call("describe_rules")
    assert clients.of(login, "elbv2", "eu-west-1") is clients.of(login, "elbv2", "eu-west-1")
    assert clients.of(login, "elbv2", "eu-west-1") is not clients.of(
        AwsLogin(), "elbv2", "eu-west-1"
    )


async def test_keys_of_references_reach_the_library_and_no_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    async def resolve(reference: str) -> str:
        return f"planted-{reference[-3:]}"

    clients = AwsClients(resolve)
    login = AwsLogin(key="env:KEY", secret="env:SEC")
    with pytest.raises(HostUnreachable) as failed:
        await clients.of(login, "elbv2", "eu-west-1").call("describe_rules", RuleArns=[ARN])
    assert "planted" not in f"{failed.value} {failed.value.__context__!r}"


async def test_an_unknown_profile_is_no_crash(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    async def resolve(reference: str) -> str:
        return reference

    with pytest.raises(LoginRefused, match="nobody"):
        await AwsClients(resolve).of(AwsLogin("nobody"), "route53", "us-east-1").call("x")


async def test_a_call_that_hangs_keeps_neither_the_loop_nor_who_cancels_it() -> None:
    may_end = threading.Event()
    has_begun = threading.Event()

    def hang() -> None:
        has_begun.set()
        may_end.wait(20)

    waiting = asyncio.create_task(in_thread(hang))
    assert await asyncio.to_thread(has_begun.wait, 20)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    may_end.set()  # the thread ends, and finds nobody to tell
    assert await in_thread(lambda: 7) == 7
