"""The models of switches that are a provider's API: AWS, Kubernetes."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from devops_tui.config.fields import (
    Duration,
    HostName,
    Model,
    Name,
    SecretReference,
    Text,
    mistake,
)
from devops_tui.domain.web import origin

_RULE = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:listener(-rule)?/app/[A-Za-z0-9/-]+\Z"
)
_GROUP = re.compile(r"(?:[A-Za-z0-9-]|\{service\}|\{colour\})+\Z")
_SET = re.compile(r"(?:[A-Za-z0-9_.: -]|\{service\}|\{colour\})+\Z")
_ZONE = re.compile(r"[A-Z0-9]{1,32}\Z")
_DNS = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9-]{1,63})+\Z")
_KUBERNETES = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_LABEL = re.compile(r"(?:[a-z0-9.-]{1,253}/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?\Z")


def _check_rule(text: str) -> str:
    if not _RULE.match(text):
        raise mistake(
            "no ARN of a rule or a listener of an Application Load Balancer",
            "`aws elbv2 describe-rules --listener-arn ARN` shows it",
        )
    return text


def _check_group(text: str) -> str:
    if not _GROUP.match(text) or "{colour}" not in text:
        raise mistake(
            "a target group's name must hold {colour}, and no braces but {service} and {colour}",
            'write it like "{service}-{colour}"; AWS takes letters, digits and dashes',
        )
    return text


def _check_set(text: str) -> str:
    if not _SET.match(text) or "{colour}" not in text:
        raise mistake(
            "a SetIdentifier must hold {colour}, and no braces but {service} and {colour}",
            'write it like "{service}-{colour}"',
        )
    return text


def _check_door(text: str) -> str:
    try:
        origin(text)
    except ValueError:
        raise mistake("no URL of a front door", "write it like https://shop.example.com") from None
    if "@" in text:
        raise mistake("the URL holds a password: a literal secret", "leave it out")
    return text


def _check_record(text: str) -> str:
    name = text.removesuffix(".").lower()
    if not _DNS.match(name):
        raise mistake("no name in the DNS", "write it like shop.example.com")
    return name


def _matching(pattern: re.Pattern[str], what: str, todo: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.match(text):
            raise mistake(what, todo)
        return text

    return AfterValidator(check)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Rule = Annotated[Text, AfterValidator(_check_rule)]
Group = Annotated[Text, AfterValidator(_check_group)]
SetName = Annotated[Text, AfterValidator(_check_set)]
Door = Annotated[Text, AfterValidator(_check_door)]
Record = Annotated[Text, AfterValidator(_check_record)]
Zone = Annotated[Text, _matching(_ZONE, "no id of a hosted zone", "write it like Z0123456789ABC")]
Dns1123 = Annotated[
    str,
    _matching(_KUBERNETES, "no name that Kubernetes takes", "use a-z, 0-9 and dashes, at most 63"),
]
Label = Annotated[
    str, _matching(_LABEL, "no key of a label", "write it like colour or example.com/colour")
]


def _check_doors(doors: dict[str, str], names: object, noun: str) -> None:
    known = set(names) if isinstance(names, dict) else set()
    unknown = sorted(set(doors) - known)
    if unknown:
        raise mistake(
            f"`doors` names `{unknown[0]}`, which is none of `{noun}`",
            f"there are: {', '.join(sorted(known))}",
        )


class AwsModel(Model):
    """Who we are to AWS; nothing at all leaves it to AWS's own chain."""

    profile: Text = ""
    key: SecretReference = ""
    secret: SecretReference = ""

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if bool(self.key) != bool(self.secret):
            raise mistake("`key` and `secret` go together", "write both, or none of them")
        if self.key and self.profile:
            raise mistake("`profile` and `key` are two ways", "write one of them")
        return self


class AlbModel(Model):
    """Weighted target groups of Application Load Balancers."""

    rules: Annotated[dict[Name, Rule], Field(min_length=1)] = Field(
        examples=["{eu: arn:aws:elasticloadbalancing:...:listener-rule/app/...}"]
    )
    group: Group = "{service}-{colour}"
    doors: dict[str, Door] = Field(default_factory=dict)
    login: AwsModel = AwsModel()
    settle: Duration = 10.0

    @model_validator(mode="after")
    def _has_rules(self) -> Self:
        _check_doors(self.doors, self.rules, "rules")
        return self


class Route53Model(Model):
    """Weighted records of one name."""

    zone: Zone = Field(examples=["Z0123456789ABC"])
    record: Record = Field(examples=["shop.example.com"])
    types: Annotated[list[Literal["A", "AAAA", "CNAME"]], BeforeValidator(_as_list)] = Field(
        default=["A"], min_length=1
    )
    set: SetName = "{colour}"
    door: Door | None = None
    login: AwsModel = AwsModel()
    settle: Duration = 120.0

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if "CNAME" in self.types and len(self.types) > 1:
            raise mistake("a name with a CNAME has nothing else", "write `types: CNAME` alone")
        return self


class KubernetesModel(Model):
    """The selector of a Service, in one or several clusters."""

    clusters: Annotated[dict[Name, Text], Field(min_length=1)] = Field(
        examples=["{eu: production-eu}"]
    )
    namespace: Dns1123 = "default"
    service: Dns1123 | None = None
    label: Label = "colour"
    host: HostName = ""
    kubectl: Text = "kubectl"
    doors: dict[str, Door] = Field(default_factory=dict)
    settle: Duration = 10.0

    @model_validator(mode="after")
    def _has_clusters(self) -> Self:
        _check_doors(self.doors, self.clusters, "clusters")
        return self
