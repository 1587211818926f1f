"""The model of a test in quarantine."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from devops_tui.config.fields import Model, Text, reference
from devops_tui.config.models_rules import Moment, Zone


class QuarantineModel(Model):
    """A test whose failure fails no job until a day."""

    test: Annotated[Text, Field(min_length=1, examples=["pytest::tests.test_cart::test_total"])]
    until: Moment = Field(examples=["2026-04-01"])
    why: Annotated[Text, Field(min_length=1, examples=["waits for SHOP-31"])]
    pipeline: Annotated[str, reference("pipeline")] = ""
    zone: Zone = "UTC"
