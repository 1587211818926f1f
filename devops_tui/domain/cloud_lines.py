"""What a provider's side needs so that a switch can choose there: settings, and permissions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from devops_tui.domain.cloud_switching import (
    AlbConfig,
    AwsLogin,
    KubernetesConfig,
    Route53Config,
)

_BLUE, _GREEN = "blue", "green"
_UNKNOWN = "# AWS has no dry run for them: whether they are allowed shows at the first flip"


def cloud_lines(
    config: AlbConfig | Route53Config | KubernetesConfig, service: str
) -> tuple[str, ...]:
    """Settings and permissions of the kind."""
    match config:
        case AlbConfig():
            return _alb(config, service)
        case Route53Config():
            return _route53(config, service)
        case KubernetesConfig():
            return _kubernetes(config)


def _alb(config: AlbConfig, service: str) -> tuple[str, ...]:
    """The forward action of every rule, and the policy."""
    groups = {c: config.group.format(service=service, colour=c) for c in (_BLUE, _GREEN)}
    forward = {
        "Type": "forward",
        "ForwardConfig": {
            "TargetGroups": [
                {"TargetGroupArn": f"ARN of {groups[_BLUE]}", "Weight": 100},
                {"TargetGroupArn": f"ARN of {groups[_GREEN]}", "Weight": 0},
            ],
            "TargetGroupStickinessConfig": {"Enabled": False},
        },
    }
    arns = sorted(config.rules.values())
    verbs = {_noun(arn) for arn in arns}
    looks = ["DescribeRules", "DescribeListeners", "DescribeTags", "DescribeTargetHealth"]
    acts = [f"Modify{verb}" for verb in sorted(verbs)] + ["AddTags"]
    policy = [
        _allow([f"elasticloadbalancing:{name}" for name in looks], "*"),
        _allow([f"elasticloadbalancing:{name}" for name in acts], arns),
    ]
    return (
        "# the forward action of each rule, its stickiness off:",
        *(f"# {name}: {arn}" for name, arn in config.rules.items()),
        json.dumps(forward),
        *_login(config.login),
        *_policy(policy),
        f"# {', '.join(acts)}: {_UNKNOWN.removeprefix('# ')}",
        "# the tag devops-tui:fence of each rule is ours: leave it out of what Terraform",
        "# manages, and the weights as well (`ignore_changes`)",
    )


def _route53(config: Route53Config, service: str) -> tuple[str, ...]:
    """The two record sets of each type, and the policy."""
    records = [
        {
            "Name": config.record,
            "Type": kind,
            "SetIdentifier": config.set.format(service=service, colour=colour),
            "Weight": weight,
            "TTL": 60,
            "ResourceRecords": [{"Value": f"the address of {colour}"}],
        }
        for kind in config.types
        for colour, weight in ((_BLUE, 100), (_GREEN, 0))
    ]
    zone = f"arn:aws:route53:::hostedzone/{config.zone}"
    names = [config.record, f"_devops-tui.{config.record}"]
    only = {
        "ForAllValues:StringEquals": {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": names
        }
    }
    change = _allow(["route53:ChangeResourceRecordSets"], zone)
    policy = [_allow(["route53:ListResourceRecordSets"], zone), {**change, "Condition": only}]
    return (
        f"# in the hosted zone {config.zone}; aliases may stand for TTL and addresses:",
        *(json.dumps(record) for record in records),
        f"# the TXT record {names[1]} is made by the first flip; it is ours",
        *_login(config.login),
        *_policy(policy),
        f"# ChangeResourceRecordSets: {_UNKNOWN.removeprefix('# ')}",
    )


def _kubernetes(config: KubernetesConfig) -> tuple[str, ...]:
    """The Service, the role, and what a controller must leave alone."""
    name = f"devops-tui-{config.service}"
    return (
        f"# in each of the clusters ({', '.join(config.clusters.values())}):",
        "apiVersion: v1",
        "kind: Service",
        f"metadata: {{name: {config.service}, namespace: {config.namespace}}}",
        "spec:",
        f"  selector: {{app: {config.service}, {config.label}: blue}}",
        "  ports: [{port: 80, targetPort: 8080}]",
        f"# the pods of each colour bear the label {config.label}: blue or green",
        "---",
        "apiVersion: rbac.authorization.k8s.io/v1",
        "kind: Role",
        f"metadata: {{name: {name}, namespace: {config.namespace}}}",
        "rules:",
        f'- {{apiGroups: [""], resources: [services], resourceNames: [{config.service}], '
        "verbs: [get, patch]}",
        '- {apiGroups: [""], resources: [pods], verbs: [list]}',
        "- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list]}",
        "---",
        "apiVersion: rbac.authorization.k8s.io/v1",
        "kind: RoleBinding",
        f"metadata: {{name: {name}, namespace: {config.namespace}}}",
        f"roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {name}}}",
        "subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: WHO}]",
        f"# WHO is the user of the kubeconfig on {config.via}",
        f"# a controller that applies this Service must leave spec.selector.{config.label} and",
        "# the annotation devops-tui/fence alone",
    )


def _noun(arn: str) -> str:
    return "Rule" if ":listener-rule/" in arn else "Listener"


def _allow(actions: Sequence[str], resource: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def _policy(statements: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    whole = {"Version": "2012-10-17", "Statement": list(statements)}
    return ("# the IAM policy:", *json.dumps(whole, indent=2).splitlines())


def _login(login: AwsLogin) -> tuple[str, ...]:
    who = "what AWS's own chain finds where the worker runs"
    if login.profile:
        who = f"the profile {login.profile} where the worker runs"
    if login.key:
        who = "the key that `login:` of the switch refers to"
    return (f"# logged in with: {who}; it needs pip install 'devops-tui[aws]'",)
