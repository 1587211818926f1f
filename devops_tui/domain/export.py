"""Where figures of hosts go besides this program's own files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Export:
    """Both ways are off until they are written.

    Attributes:
        address, port: Where Prometheus may fetch figures; no port means nowhere.
        write_url: Prometheus remote write; empty means nowhere.
        write_every_s: How often.
    """

    address: str = "127.0.0.1"
    port: int = 0
    write_url: str = ""
    write_every_s: float = 15.0
