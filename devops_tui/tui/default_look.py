"""The dark theme as constants, so that the first frame needs no YAML.

A test compares them with themes/dark.yaml, which is the file to read and to copy.
"""

from __future__ import annotations

NAME = "dark"

BASE = {
    "background": "#0f1419",
    "raised": "#161d26",
    "cursor": "#253447",
    "cursor_dim": "#1a2430",
}

COLOURS = {
    "foreground": "#ced6e0",
    "primary": "#6cb6ff",
    "success": "#7ccf8a",
    "warning": "#e8b55a",
    "error": "#ff7b72",
}

STYLES = {
    "text": "#ced6e0",
    "muted": "#748191",
    "title": "bold #eef2f7",
    "accent": "#8cc4ff",
    "ok": "#7ccf8a",
    "running": "#6cb6ff",
    "waits": "#d2a8ff",
    "failed": "bold #ff7b72",
    "warning": "#e8b55a",
    "lost": "bold #ff9bce",
    "stale": "italic #8a8063",
    "blue": "#5aa9ff",
    "green": "#5cc878",
    "key": "bold #8cc4ff",
    "match": "bold #0f1419 on #e8b55a",
}
