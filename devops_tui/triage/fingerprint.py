"""The name of a failure: the same one again gets the same name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from devops_tui.domain.incident import Cause
from devops_tui.triage.mask import mask

_TOKEN = re.compile(r"[A-Za-z0-9_]*\d[A-Za-z0-9_]*")
_CODE = re.compile(r"[A-Z]{1,5}\d{3,5}")  # E0308, TS2322, F401: names of faults
_MIXED = re.compile(r"[a-z]\d+[a-z]+\d|\d[a-z]+\d+[a-z]|\d[a-z]+\d+$")
_DIGITS = re.compile(r"\d+")
_TELLING = re.compile(
    r"(?i:\b(?:http(?:/\d(?:\.\d)?)?|status(?: code)?|errno|error|code|returned|curl)"
    r"[\s:=(\[]{1,3})\d{1,5}\b(?!\.\d)"
)
_TIMES = re.compile(r"\b\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|min|sec)(?:\d+(?:\.\d+)?(?:ms|s|m))*\b")
_DAYS = re.compile(
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\b,?"
)
_FOLDER = re.compile(
    r"(?<![\w:/\\.@~+-])(?:[A-Za-z]:)?(?:[\w.+@~-]{0,200}[\\/]){1,60}(?=[\w.+@~-])"
)


def fingerprint(pipeline: str, job: str, causes: Sequence[Cause]) -> str:
    """Of the pipeline, the job and the most likely cause, without ids, times and folders.

    Only the first cause counts: what else stands in the log changes from run to run.
    """
    told = core(causes[0].text) if causes else ""
    digest = sha256("\0".join((pipeline, job, told)).encode("utf-8", "replace"))
    return f"{pipeline}:{job}:{digest.hexdigest()[:16]}"


def core(text: str) -> str:
    """What of a cause is the same each time: codes of faults and of answers stay.

    It takes out more than `mask` does: digits within words (web-1, worker12), and words that
    mix letters and digits as ids do.
    """
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group().lower())
        return f"\x00{chr(0xE000 + len(kept) - 1)}\x00"

    text = _TELLING.sub(keep, text[:2000])
    text = _TIMES.sub("0", _DAYS.sub("", text))
    text = mask(_FOLDER.sub("", text))
    text = _TOKEN.sub(_without_digits, text)
    for number, word in enumerate(kept):
        text = text.replace(f"\x00{chr(0xE000 + number)}\x00", word)
    return " ".join(text.split())


def _without_digits(found: re.Match[str]) -> str:
    word = found.group()
    if _CODE.fullmatch(word):
        return word
    if _MIXED.search(word.lower()):
        return "<id>"
    return _DIGITS.sub("0", word)
