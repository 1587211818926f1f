"""docs/workspace.md says every key that a model has, with an example that is valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from devops_tui.config import (
    models,
    models_artifact,
    models_board,
    models_cloud,
    models_column,
    models_database,
    models_history,
    models_hosts,
    models_jira,
    models_job,
    models_maintenance,
    models_notify,
    models_oncall,
    models_parameter,
    models_quarantine,
    models_rules,
    models_service,
    models_slow,
    models_switch,
    models_tool,
    models_triage,
    models_worker,
)
from devops_tui.config.fields import Model, Names
from devops_tui.config.load import load
from devops_tui.config.report import known_keys
from devops_tui.config.yaml_events import parse

DOCUMENT = (Path(__file__).parents[2] / "docs" / "workspace.md").read_text(encoding="utf-8")
HEADINGS: dict[str, type[Model]] = {
    "The top": models.WorkspaceModel,
    "An included file": models.IncludedModel,
    "A team's store": models.StoreModel,
    "A worker": models_worker.WorkerModel,
    "Figures over time": models_history.HistoryModel,
    "Where charts are read back from": models_history.FiguresModel,
    "An alert": models_history.AlertModel,
    "Maintenance": models_maintenance.MaintenanceModel,
    "A check": models_slow.CheckModel,
    "Databases": models_database.DatabaseModel,
    "Files whose ends are shown": models_database.LogFilesModel,
    "Certificates": models_slow.CertificatesModel,
    "Export": models_slow.ExportModel,
    "Remote write": models_slow.RemoteWriteModel,
    "Retention": models_artifact.RetentionModel,
    "Retention of artifacts": models_artifact.KeptArtifactsModel,
    "Where artifacts are kept": models_artifact.ArtifactsModel,
    "A folder on a host": models_artifact.SftpModel,
    "A bucket": models_artifact.BucketModel,
    "A fetched artifact": models_artifact.FetchModel,
    "A member of the team": models.MemberModel,
    "The board": models.BoardModel,
    "A column": models.ColumnModel,
    "A further column": models_column.FurtherColumnModel,
    "A lane": models_board.LaneModel,
    "A rule of the board": models_board.AutomationModel,
    "A template of cards": models_board.TemplateModel,
    "The intake": models_board.IntakeModel,
    "Signed messages": models_board.MessagesModel,
    "Jira": models_jira.JiraModel,
    "A host": models.HostModel,
    "An environment": models.EnvironmentModel,
    "A window": models_rules.WindowModel,
    "A freeze": models_rules.FreezeModel,
    "Who may break the glass": models_rules.PeopleModel,
    "Who opens a gate": models_rules.ApproversModel,
    "A test in quarantine": models_quarantine.QuarantineModel,
    "On call": models_oncall.OnCallModel,
    "An override": models_oncall.OverrideModel,
    "An escalation": models_oncall.StepModel,
    "A channel": models_notify.ChannelModel,
    "Terminals": models_notify.TerminalModel,
    "A webhook": models_notify.WebhookModel,
    "Mail": models_notify.EmailModel,
    "A service": models_service.ServiceModel,
    "The colours": models_service.ColoursModel,
    "One colour": models_service.ColourModel,
    "Health": models_service.HealthModel,
    "What is watched as well": models_service.WatchModel,
    "A PromQL question": models_service.PromqlModel,
    "Testers": models_service.TestersModel,
    "The switch": models_switch.SwitchModel,
    "HAProxy": models_switch.HaproxyModel,
    "nginx": models_switch.NginxModel,
    "Caddy": models_switch.CaddyModel,
    "Envoy": models_switch.EnvoyModel,
    "Traefik": models_switch.TraefikModel,
    "A program of yours": models_switch.CommandModel,
    "AWS load balancers": models_cloud.AlbModel,
    "AWS Route 53": models_cloud.Route53Model,
    "A login to AWS": models_cloud.AwsModel,
    "Kubernetes": models_cloud.KubernetesModel,
    "A pipeline": models.PipelineModel,
    "A parameter": models_parameter.ParameterModel,
    "A stage of several jobs": models.StageModel,
    "Its source": models.SourceModel,
    "Its schedule": models.ScheduleModel,
    "Every job": models_job.JobModel,
    "Retries": models_hosts.RetriesModel,
    "A job that runs a script": models_job.RunJobModel,
    "The results of a load tool": models_job.ResultsModel,
    "A job that runs a load tool": models_job.LoadToolJobModel,
    "A job that measures": models_job.LoadJobModel,
    "The gate": models_job.GateModel,
    "A deployment": models_job.DeployJobModel,
    "A release": models_job.ReleaseModel,
    "A gate of its own": models_job.ApproveJobModel,
    "What is asked": models_job.ApproveModel,
    "A job that watches": models_job.MonitorJobModel,
    "A connected tool": models_tool.ToolModel,
    "The triage": models_triage.TriageModel,
    "The limits": models_triage.LimitsModel,
    "A file of rules": models_triage.RulesModel,
    "A rule": models_triage.RuleModel,
}


def section(heading: str) -> str:
    found = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##|\Z)", DOCUMENT, re.M | re.S)
    assert found is not None, heading
    return found.group(1)


def rows(heading: str) -> dict[str, str]:
    """Key to example of the table under a heading."""
    found = re.findall(r"^\| `([a-z0-9_]+)` \| .* \| `(.+)` \|$", section(heading), re.M)
    return dict(found)


def models_of(kind: type[Model]) -> set[type[Model]]:
    return {kind}.union(*(models_of(child) for child in kind.__subclasses__()))


def test_every_model_has_a_section() -> None:
    assert set(HEADINGS.values()) == models_of(Model) - {Model}


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_key_has_a_row_with_an_example(heading: str) -> None:
    model = HEADINGS[heading]
    inherited = set(rows("Every job")) if heading != "Every job" else set()
    keys = set(known_keys(model))
    if issubclass(model, models_job.JobModel):
        keys -= inherited
    assert set(rows(heading)) == keys


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_example_is_valid(heading: str) -> None:
    sure_of_nothing = Names(unsure={"host", "environment", "service", "member", "pipeline"})
    for key, example in rows(heading).items():
        document = parse(example)
        assert not document.flaws, example
        assert list(document.data) == [key]
        try:
            HEADINGS[heading].model_validate(document.data, context=sure_of_nothing)
        except ValidationError as error:
            wrong = [e["loc"] for e in error.errors() if e["loc"][:1] == (key,)]
            assert not wrong, example


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_key_of_later_is_listed(heading: str) -> None:
    listed = set(re.findall(r"`([a-z]+)`", section("Not supported yet")))
    assert set(HEADINGS[heading].later) <= listed


def test_every_block_is_a_workspace(tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", DOCUMENT, re.M | re.S)
    assert len(blocks) == 2
    for block in blocks:
        (tmp_path / "devops.yaml").write_text(block, encoding="utf-8")
        assert load(tmp_path).pipelines
