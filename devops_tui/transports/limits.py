"""How long a link may take and how much it may hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """Limits of one link to one host.

    Attributes:
        connect_s: Until the TCP connection stands.
        login_s: From there until we are let in; a silent server costs this much.
        keepalive_s: Seconds between questions on an idle link.
        keepalive_misses: Questions without an answer after which the link is lost.
        sessions: Commands, uploads and long-lived scripts at the same time; sshd allows 10.
        handshake_tries: How often a handshake that the server dropped is begun again.
        retry_s: Longest wait before the second try; it doubles with each further one.
    """

    connect_s: float = 10.0
    login_s: float = 15.0
    keepalive_s: float = 5.0
    keepalive_misses: int = 3
    sessions: int = 8
    handshake_tries: int = 4
    retry_s: float = 0.5


FOR_FIGURES = LinkLimits(keepalive_s=15.0)
"""Hosts are asked for figures every 5 s at least, and a silence is looked into at once: with the
usual pause each question about figures would be beside one about the link."""
