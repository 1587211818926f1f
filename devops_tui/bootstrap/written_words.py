"""What people write stands in the store for ever: no secret of the workspace may be in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from devops_tui.domain.codec import encode
from devops_tui.domain.errors import Refused
from devops_tui.domain.workspace import Workspace

_LOOKED_UP = ("env:", "file:")


def refuse_secrets(workspace: Workspace | None, words: object) -> None:
    """Looks through reasons and values, as far as secrets can be looked up on the spot.

    Args:
        workspace: Whose secrets; None while none was read.
        words: Text, or lists and mappings of it.

    Raises:
        Refused: A secret stands in it. It is not repeated.
    """
    text = "\n".join(_texts(words))
    if workspace is None or not text.strip():
        return
    from devops_tui.transports.nearby_secrets import secret_within

    reference = secret_within(text, _references(workspace))
    if reference is not None:
        raise Refused(
            f"the text holds the secret {reference}",
            "Nothing was stored. Write it without the secret.",
        )


def mask_of(workspace: Workspace | None) -> Callable[[str], str]:
    """Takes the secrets of a workspace out of a text, as far as they can be looked up at once."""
    if workspace is None:
        return str
    from devops_tui.transports.nearby_secrets import nearby_masker

    return nearby_masker(_references(workspace)).mask


def learn_secrets(workspace: Workspace) -> None:
    """Makes this process know the secrets that can be looked up at once, before anything fails.

    The others are known from their first use on.
    """
    from devops_tui.transports.known_secrets import KNOWN
    from devops_tui.transports.nearby_secrets import nearby_values

    for value in nearby_values(_references(workspace)):
        KNOWN.remember(value)


def _references(workspace: Workspace) -> list[str]:
    return sorted({t for t in _texts(encode(workspace)) if t.startswith(_LOOKED_UP)})


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
