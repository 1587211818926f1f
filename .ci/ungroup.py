"""Takes the names of groups off the tests that failed: without a group nobody finds them.

pytest-xdist writes `test_x.py::test_y@group`; `--last-failed` alone knows `test_x.py::test_y`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

FAILED = Path(".pytest_cache/v/cache/lastfailed")

if FAILED.exists():
    names = json.loads(FAILED.read_text())
    FAILED.write_text(json.dumps({re.sub(r"@[a-z_]+$", "", name): True for name in names}))
