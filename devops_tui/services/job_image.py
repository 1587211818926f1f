"""Which container image a job runs in, as far as its command or its variables say.

A job has no image of its own here: its command starts a container, or a variable named
IMAGE (or BUILD_IMAGE, CI_IMAGE) says which one a script of the project starts.
"""

from __future__ import annotations

import re
import shlex

from devops_tui.domain.work import RunCommand, Work

_STARTS = re.compile(
    r"\b(?:docker|podman|nerdctl)\s+(?:container\s+)?run\s+(?P<rest>[^\n;|&]{1,2000})"
)
_ALONE = frozenset({
    "--detach", "--init", "--interactive", "--privileged", "--quiet", "--read-only", "--rm",
    "--tty",
})  # fmt: skip
_LETTERS_ALONE = frozenset("ditPq")
_VARIABLE = re.compile(r"\$\{?(\w{1,100})\}?")


def image_of(work: Work) -> str:
    """The images, the first one first, joined by a comma; empty where nothing names one."""
    if not isinstance(work, RunCommand):
        return ""
    script = work.script.replace("\\\n", " ")
    started = (_image(start["rest"]) for start in _STARTS.finditer(script))
    found = [_named(image, work) for image in started]
    said = [value for name, value in sorted(work.env.items()) if name.split("_")[-1] == "IMAGE"]
    return ", ".join(dict.fromkeys(image for image in (*found, *said) if image))


def _image(rest: str) -> str:
    """The first word after the options of `run`; options that take a value hide one more word."""
    try:
        words = shlex.split(rest)
    except ValueError:  # a quote is closed on another line
        return ""
    takes_value = False
    for word in words:
        if takes_value:
            takes_value = False
        elif not word.startswith("-"):
            return word
        elif "=" not in word and word not in _ALONE:
            takes_value = word.startswith("--") or not _LETTERS_ALONE.issuperset(word[1:])
    return ""


def _named(image: str, work: RunCommand) -> str:
    """The image with variables of the job filled in; one that only the host knows stays."""
    return _VARIABLE.sub(lambda found: work.env.get(found[1], found[0]), image)
