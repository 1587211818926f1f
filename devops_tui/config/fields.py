"""The kinds of values that the models are made of.

Checks that need the whole workspace (is there such a host?) look into `Names`, which
load hands to pydantic as the context of the validation; so one pass over an entry finds
wrong types, unknown keys, missing keys and unknown names together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from devops_tui.config import words
from devops_tui.config.yaml_events import shown

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\Z")
_LOGIN = re.compile(r"\w[\w.@+-]{0,99}\Z")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,39}\Z")


class Model(BaseModel):
    """What every model agrees on: nothing converted, nothing unknown, nothing changed.

    Attributes:
        later: Keys that a later version will know, with what their absence means. They
            are refused by name: a key that is read and does nothing could do harm.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    later: ClassVar[Mapping[str, str]] = {}


@dataclass(slots=True)
class Names:
    """Every name of the workspace that another part may refer to.

    Attributes:
        unsure: Kinds of which the list may be short, because a file or a section could
            not be read; nothing is said to be unknown then.
    """

    host: set[str] = field(default_factory=set)
    group: set[str] = field(default_factory=set)
    environment: set[str] = field(default_factory=set)
    service: set[str] = field(default_factory=set)
    pipeline: set[str] = field(default_factory=set)
    member: set[str] = field(default_factory=set)
    column: set[str] = field(default_factory=lambda: {"backlog", "planned", "in_work", "done"})
    unsure: set[str] = field(default_factory=set)

    def of(self, kind: str) -> set[str]:
        """The names that a reference of this kind may use."""
        if kind == "host or group":
            return self.host | self.group
        found: set[str] = getattr(self, kind)
        return found

    def knows(self, kind: str, name: str) -> bool:
        """Whether the name exists, or may."""
        if kind == "host or group":
            return name in self.host or name in self.group or "host" in self.unsure
        if kind == "pipeline" and "service" in self.unsure:
            return True  # a file that could not be read may hold either
        return name in getattr(self, kind) or kind in self.unsure


def mistake(what: str, todo: str, **more: Any) -> PydanticCustomError:
    """An error that the report shows with these very words."""
    return PydanticCustomError("mistake", "{what}", {"what": what, "todo": todo, **more})


def _word(read: Callable[[object], Any]) -> BeforeValidator:
    def check(value: object) -> Any:
        try:
            return read(value)
        except words.BadWord as error:
            raise mistake(error.what, error.todo) from None

    return BeforeValidator(check)


def _reference(kind: str) -> AfterValidator:
    def check(name: str, info: ValidationInfo) -> str:
        names = info.context
        if isinstance(names, Names) and not names.knows(kind, name):
            raise mistake(f"unknown {kind} `{shown(name)}`", "", name=name, kind=kind)
        return name

    return AfterValidator(check)


by_word = _word
"""A field that a function of a little language reads; it raises words.BadWord."""

reference = _reference
"""A field that names something of that kind in `Names`."""


def _matches(pattern: re.Pattern[str], todo: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.match(text):
            raise mistake(f"bad name `{shown(text)}`", todo)
        return text

    return AfterValidator(check)


def is_name(text: str) -> bool:
    """Whether a host, group, service, environment, pipeline or job may be called so."""
    return _NAME.match(text) is not None


NAME_RULE = "use letters, digits, dots, dashes and underscores, at most 100"


def _check_text(text: str) -> str:
    if not text or not text.isprintable():
        raise mistake("empty, or with control characters", "write one line of text")
    return text


def _check_script(text: str) -> str:
    if not text.strip() or any(c < " " and c not in "\n\t\r" for c in text):
        raise mistake("an empty script, or one with control characters", "write POSIX sh")
    return text


def _check_place(text: str) -> str:
    if not text.startswith("/"):
        raise mistake(f"`{shown(text)}` is no absolute path", "begin it with /")
    return text


def _check_folder(text: str) -> str:
    if not text.startswith(("/", "~/")):
        raise mistake(f"`{shown(text)}` is no folder of a host", "begin it with / or ~/")
    return text


def site_url(text: str, what: str, example: str, secret: str) -> str:
    """The URL of a server that is spoken to by HTTP, without a login and a slash at its end.

    `what` says whose it is ("a Jira"), `secret` is the key that holds what a login needs.
    """
    try:
        found = urlsplit(text)
        is_good = found.scheme in ("https", "http") and bool(found.hostname) and found.port != 0
    except ValueError:
        is_good = False
        found = urlsplit("")
    if not is_good or found.query or found.fragment or not text.isascii():
        raise mistake(f"no URL of {what}", f"write it like {example}")
    if found.username or found.password:
        raise mistake("the URL holds a login", f"write `user:` and `{secret}: env:NAME`")
    return text.rstrip("/")


def _check_git(text: str) -> str:
    if re.match(r"[a-z+]+://[^/@\s]*:[^/@\s]*@|https?://[^/@\s]{20,}@", text):
        raise mistake("the URL holds a password", "leave it out; git asks its credential helper")
    if text.startswith("-"):
        raise mistake("a repository must not begin with a dash", "write a URL or a path")
    return text


def _check_store(text: str) -> str:
    todo = "write postgresql://user@host/database, or leave it out: a file of this machine then"
    if not text.startswith(("postgresql://", "postgres://")):
        raise mistake("no URL of a PostgreSQL database", todo)
    try:
        found = urlsplit(text)
        settings = dict(parse_qsl(found.query, keep_blank_values=True))
        has_password = found.password is not None or not settings.keys().isdisjoint(
            ("password", "sslpassword")
        )
    except ValueError:
        raise mistake("no URL of a PostgreSQL database", todo) from None
    if has_password:
        raise mistake(
            "the URL holds a password: a literal secret",
            "leave it out; libpq looks into ~/.pgpass, or refer to it by `password:`",
        )
    if not _SCHEMA.match(settings.get("schema", "x")):
        raise mistake("a bad name of a schema", "use at most 40 of a-z, 0-9 and underscore")
    return text


def _check_branch(text: str) -> str:
    if text.startswith("-") or any(c in " ~^:?*[\\" for c in text) or ".." in text:
        raise mistake(f"bad branch `{shown(text)}`", "write the name of one branch")
    return text


def _check_env(text: str) -> str:
    if "\0" in text:
        raise mistake("a value with a NUL", "leave it out")
    return text


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Name = Annotated[str, _matches(_NAME, NAME_RULE)]
Login = Annotated[str, _matches(_LOGIN, "use letters, digits and . @ + - _, at most 100")]
Text = Annotated[str, AfterValidator(_check_text)]
Script = Annotated[str, AfterValidator(_check_script)]
AbsolutePath = Annotated[Text, AfterValidator(_check_place)]
HostFolder = Annotated[Text, AfterValidator(_check_folder)]
GitUrl = Annotated[Text, AfterValidator(_check_git)]
StoreUrl = Annotated[Text, AfterValidator(_check_store)]
Branch = Annotated[Text, AfterValidator(_check_branch)]
Port = Annotated[int, Field(ge=1, le=65535)]

Pause = Annotated[float, _word(words.duration_s)]  # may be 0s
Duration = Annotated[Pause, Field(gt=0)]
Limit = Annotated[tuple[int | None, float | None], _word(words.wip_limit)]
AtLeast = Annotated[float, _word(words.gate_at_least)]
AtMostMs = Annotated[float, _word(words.gate_at_most_ms)]
AtMostRatio = Annotated[float, _word(words.gate_at_most_ratio)]
SecretReference = Annotated[str, _word(words.secret_reference)]

EnvName = Annotated[str, _matches(_ENV_NAME, "use letters, digits and underscores")]
EnvValue = Annotated[str, BeforeValidator(_as_text), AfterValidator(_check_env)]

HostName = Annotated[str, _reference("host")]
ServiceName = Annotated[str, _reference("service")]
EnvironmentName = Annotated[str, _reference("environment")]
HostNames = Annotated[
    list[Annotated[str, _reference("host or group")]],
    BeforeValidator(_as_list),
    Field(min_length=1),
]
Groups = Annotated[list[Name], BeforeValidator(_as_list)]


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts in their order, each once."""
    return tuple(dict.fromkeys(texts))
