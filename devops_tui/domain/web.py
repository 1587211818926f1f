"""What may be sent where, told from an URL alone."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a name or an address means this machine, without asking any resolver."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def plain_http_leaves(url: str) -> bool:
    """Whether an URL is http:// and leads off this machine."""
    if not url.lower().startswith("http://"):
        return False
    try:
        return not is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return True


def origin(url: str) -> tuple[bool, str, int]:
    """Whether TLS is spoken, with whom, and on which port.

    Raises:
        ValueError: It is no http:// or https:// URL of a server.
    """
    found = urlsplit(url)
    if found.scheme not in ("http", "https") or not found.hostname:
        raise ValueError(url)
    is_tls = found.scheme == "https"
    return is_tls, found.hostname, found.port or (443 if is_tls else 80)
