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
