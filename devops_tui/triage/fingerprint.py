"""The name of a failure: the same one again gets the same name."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from devops_tui.domain.incident import Cause
from devops_tui.triage.mask import mask


def fingerprint(pipeline: str, job: str, causes: Sequence[Cause]) -> str:
    """Of the pipeline, the job and the most likely cause, without ids, times and folders.

    Only the first cause counts: what else stands in the log changes from run to run.
    """
    told = mask(causes[0].text) if causes else ""
    digest = sha256("\0".join((pipeline, job, told)).encode("utf-8", "replace"))
    return f"{pipeline}:{job}:{digest.hexdigest()[:16]}"
