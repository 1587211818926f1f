"""What `switch init` prints of clouds: it can be pasted, and says what it is for."""

from __future__ import annotations

import json
from typing import Any

import yaml

from devops_tui.domain.cloud_lines import cloud_lines
from devops_tui.domain.cloud_switching import (
    AlbConfig,
    AwsLogin,
    KubernetesConfig,
    Route53Config,
)
from devops_tui.domain.ids import HostName

RULE = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/a/b/c"
LISTENER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/a/b"


def policy_of(lines: tuple[str, ...]) -> dict[str, Any]:
    begin = lines.index("# the IAM policy:") + 1
    found: dict[str, Any] = json.loads("\n".join(lines[begin : lines.index("}") + 1]))
    return found


def allowed(policy: dict[str, Any]) -> dict[str, Any]:
    return {
        action: statement["Resource"]
        for statement in policy["Statement"]
        for action in statement["Action"]
    }


def test_a_policy_of_load_balancers_allows_changes_of_these_alone() -> None:
    lines = cloud_lines(AlbConfig({"eu": RULE, "us": LISTENER}), "shop")
    given = allowed(policy_of(lines))
    changes = [RULE, LISTENER]
    for action in ("ModifyRule", "ModifyListener", "AddTags"):
        assert sorted(given[f"elasticloadbalancing:{action}"]) == sorted(changes)
    for action in ("DescribeRules", "DescribeListeners", "DescribeTags", "DescribeTargetHealth"):
        assert given[f"elasticloadbalancing:{action}"] == "*"
    assert not any("ModifyListener" in line for line in cloud_lines(AlbConfig({"eu": RULE}), "x"))
    forward = json.loads(next(line for line in lines if line.startswith("{")))
    assert [g["Weight"] for g in forward["ForwardConfig"]["TargetGroups"]] == [100, 0]


def test_a_policy_of_a_zone_allows_two_names_alone() -> None:
    config = Route53Config("Z1", "shop.example.com", ("A", "AAAA"), set="shop-{colour}")
    lines = cloud_lines(config, "shop")
    policy = policy_of(lines)
    zone = "arn:aws:route53:::hostedzone/Z1"
    assert allowed(policy) == {
        "route53:ListResourceRecordSets": zone,
        "route53:ChangeResourceRecordSets": zone,
    }
    (condition,) = [s["Condition"] for s in policy["Statement"] if "Condition" in s]
    assert condition["ForAllValues:StringEquals"] == {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
            "shop.example.com",
            "_devops-tui.shop.example.com",
        ]
    }
    records = [json.loads(line) for line in lines if line.startswith('{"Name"')]
    assert [(r["Type"], r["SetIdentifier"], r["Weight"]) for r in records] == [
        ("A", "shop-blue", 100),
        ("A", "shop-green", 0),
        ("AAAA", "shop-blue", 100),
        ("AAAA", "shop-green", 0),
    ]


def test_a_role_of_kubernetes_may_patch_this_service_alone() -> None:
    config = KubernetesConfig(
        {"eu": "production-eu"}, "live", "shop", "example.com/colour", HostName("bastion")
    )
    lines = cloud_lines(config, "shop")
    service, role, binding = yaml.safe_load_all("\n".join(lines))
    assert service["spec"]["selector"] == {"app": "shop", "example.com/colour": "blue"}
    assert role["rules"][0] == {
        "apiGroups": [""],
        "resources": ["services"],
        "resourceNames": ["shop"],
        "verbs": ["get", "patch"],
    }
    assert {v for rule in role["rules"][1:] for v in rule["verbs"]} == {"list"}
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert {o["metadata"]["namespace"] for o in (service, role, binding)} == {"live"}
    assert any("the kubeconfig on bastion" in line for line in lines)


def test_who_is_logged_in_is_named_without_a_secret() -> None:
    for login, words in (
        (AwsLogin(), "AWS's own chain"),
        (AwsLogin("production"), "the profile production"),
        (AwsLogin("", "env:AWS_KEY", "env:AWS_SECRET"), "that `login:` of the switch refers to"),
    ):
        lines = cloud_lines(AlbConfig({"eu": RULE}, login=login), "shop")
        assert any(words in line and "devops-tui[aws]" in line for line in lines)
