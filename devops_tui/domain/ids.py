"""Names of things, each a type of its own so that a card never passes for a run."""

from __future__ import annotations

from typing import NewType

RunId = NewType("RunId", str)  # "shop-412": pipeline and number, what an operator types
JobId = NewType("JobId", str)  # "test/unit": stage and job within one plan
CardId = NewType("CardId", str)  # "SHOP-12"
HostName = NewType("HostName", str)
ServiceName = NewType("ServiceName", str)
IncidentId = NewType("IncidentId", str)  # "INC-3"
RequestId = NewType("RequestId", str)
FlipId = NewType("FlipId", str)
WorkerId = NewType("WorkerId", str)
Digest = NewType("Digest", str)  # "sha256:" and 64 hex digits

THIS_MACHINE = HostName("local")
