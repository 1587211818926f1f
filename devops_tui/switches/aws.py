"""Asks AWS: in threads with time-outs of their own, and with its errors in our words."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any, TypeVar

from devops_tui.domain.cloud_switching import AwsLogin
from devops_tui.domain.errors import (
    DevopsError,
    HostUnreachable,
    LoginRefused,
    SwitchRefused,
)

T = TypeVar("T")
Resolve = Callable[[str], Awaitable[str]]
Sleep = Callable[[float], Awaitable[None]]

CONNECT_S, ANSWER_S = 3.0, 5.0
_PATIENCE_S = 9.0
_PAUSES_S = (0.3, 0.6, 1.2)  # all of it fits into what one act on one balancer may take
_LIMIT = 200

_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "SlowDown",
        "PriorRequestNotComplete",
    }
)
_FORBIDDEN = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_NOBODY = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_TRANSPORT = (
    "ConnectTimeoutError",
    "EndpointConnectionError",
    "ReadTimeoutError",
    "ConnectionClosedError",
    "HTTPClientError",
)
_LOOK = "It may have done what it was told: look."


class AwsClient:
    """One service of AWS in one region, for one login; opened at first use.

    Nothing is asked twice but what AWS refused for haste, which it has not done. The
    threads end by the time-outs of the library, whoever waits for them or not.

    Args:
        name: For messages, such as "elbv2 in eu-west-1".
        open: Makes the library's client.
        sleep: Waits between two attempts.

    Cancel: at once; what was asked may be done.
    """

    def __init__(
        self, name: str, open: Callable[[], Awaitable[Any]], sleep: Sleep = asyncio.sleep
    ) -> None:
        self._name = name
        self._open = open
        self._sleep = sleep
        self._client: Any = None
        self._opening = asyncio.Lock()

    async def call(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """What AWS answers.

        Raises:
            HostUnreachable: No answer in time, or AWS is not well: it may be done. Also when
                AWS goes on asking for patience: then it is not.
            LoginRefused: The credentials are missing, over, or not allowed this: not done.
            SwitchRefused: AWS said no, or the library is missing: not done.
        """
        client = await self._opened()
        errors = import_module("botocore.exceptions")
        for pause_s in (*_PAUSES_S, None):
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    found: Mapping[str, Any] = await in_thread(
                        partial(getattr(client, operation), **parameters)
                    )
                    return found
            except TimeoutError:
                raise HostUnreachable(
                    f"{self._name}: no answer within {_PATIENCE_S:g} s", _LOOK
                ) from None
            except errors.ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", ""))
                if code in _THROTTLED and pause_s is not None:
                    await self._sleep(pause_s)
                    continue
                raise self._refusal(operation, code, error.response) from None
            except errors.BotoCoreError as error:
                raise self._failure(error) from None
        raise AssertionError  # the last pass returns or raises

    async def _opened(self) -> Any:
        async with self._opening:
            if self._client is None:
                try:
                    self._client = await self._open()
                except ImportError:
                    raise SwitchRefused(
                        "the library for AWS is missing where the worker runs",
                        "Install it: pip install 'devops-tui[aws]'.",
                    ) from None
                except import_module("botocore.exceptions").BotoCoreError as error:
                    raise self._failure(error) from None
            return self._client

    def _refusal(self, operation: str, code: str, response: Mapping[str, Any]) -> DevopsError:
        said = str(response.get("Error", {}).get("Message", ""))[:_LIMIT]
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _THROTTLED:
            return HostUnreachable(
                f"{self._name}: AWS asks for patience ({code})",
                "Nothing was done. Others may use up the account's limit: try again.",
            )
        if code in _FORBIDDEN:
            return LoginRefused(
                f"{self._name}: {operation} is not allowed: {said}",
                "`devops-tui switch init` prints the policy that is needed.",
            )
        if code in _NOBODY:
            self._client = None  # the next call looks for credentials again
            return LoginRefused(
                f"{self._name}: AWS does not take the credentials ({code})",
                "Try `aws sts get-caller-identity` as whoever runs the worker.",
            )
        if status >= 500:
            return HostUnreachable(f"{self._name}: {operation}: {code} {said}".rstrip(), _LOOK)
        return SwitchRefused(
            f"{self._name}: {operation}: {code}: {said}", "Look at `switch check`."
        )

    def _failure(self, error: Exception) -> DevopsError:
        names = {kind.__name__ for kind in type(error).__mro__}
        said = str(error)[:_LIMIT]
        if not names.isdisjoint(_TRANSPORT):
            return HostUnreachable(f"{self._name}: {said}", _LOOK)
        if "ParamValidationError" in names:
            return SwitchRefused(f"{self._name}: {said}", "Look at `switch:` in devops.yaml.")
        self._client = None
        return LoginRefused(
            f"{self._name}: no credentials: {said}",
            "Log in as whoever runs the worker, or name `login:` of the switch.",
        )


class AwsClients:
    """Gives each login, service and region its one client.

    Args:
        resolve: Gives the value of a secret's reference.
    """

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._known: dict[tuple[AwsLogin, str, str], AwsClient] = {}

    def of(self, login: AwsLogin, service: str, region: str) -> AwsClient:
        """Nothing is opened before it is needed."""
        key = (login, service, region)
        if key not in self._known:
            name = f"{service} in {region}" if service != "route53" else service
            self._known[key] = AwsClient(name, partial(self._open, *key))
        return self._known[key]

    async def _open(self, login: AwsLogin, service: str, region: str) -> Any:
        keys: dict[str, str] = {}
        if login.key:
            keys["aws_access_key_id"] = await self._resolve(login.key)
            keys["aws_secret_access_key"] = await self._resolve(login.secret)
        return await in_thread(partial(make_client, service, region, login.profile, keys))


def make_client(service: str, region: str, profile: str, keys: Mapping[str, str]) -> Any:
    """The library's client; it never asks twice by itself.

    Raises:
        ImportError: The extra `aws` is not installed.
    """
    boto3 = import_module("boto3")
    limits = import_module("botocore.config").Config(
        connect_timeout=CONNECT_S,
        read_timeout=ANSWER_S,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    session = boto3.Session(profile_name=profile or None, region_name=region, **keys)
    return session.client(service, config=limits)


async def in_thread(call: Callable[[], T]) -> T:
    """Runs what blocks in a thread that keeps neither the loop nor the process from ending."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[T] = loop.create_future()

    def tell(done: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits
            loop.call_soon_threadsafe(lambda: None if ended.done() else done())

    def run() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - it is raised where it is awaited
            tell(partial(ended.set_exception, error))
        else:
            tell(partial(ended.set_result, result))

    threading.Thread(target=run, name="aws", daemon=True).start()
    return await ended
