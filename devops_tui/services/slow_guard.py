"""Wraps a slow question so that a hung command is never joined by a second one.

What runs bears a token in its environment. When a time-out passes, all that bears it is
killed; what cannot be killed (a dead file server holds it in the kernel) is found by the
next question of its kind, which then asks nothing.
"""

from __future__ import annotations

import re
import shlex

STILL_HANGS = 75
ENDED_BY_US = 124
_TOKEN = re.compile(r"[0-9a-z_]{4,60}")

_GUARDED = """LC_ALL=C
export LC_ALL
seen() { grep -lF "DEVOPS_TUI_SLOW=$token" /proc/[0-9]*/environ 2>/dev/null; }
end() {
    for file in $(seen); do
        process=${file#/proc/}
        kill -9 "${process%/environ}" 2>/dev/null
    done
}
[ -z "$looks" ] || [ -z "$(seen)" ] || exit 75
DEVOPS_TUI_SLOW=$token sh -c "$question" </dev/null 2>/dev/null &
asked=$!
(
    sleep "$limit" &
    waits=$!
    trap 'kill $waits; exit 0' TERM
    wait $waits
    end
) </dev/null >/dev/null 2>&1 &
guard=$!
wait $asked 2>/dev/null
code=$?
if [ $code -eq 137 ]; then
    wait $guard 2>/dev/null
    exit 124
fi
kill $guard 2>/dev/null
exit $code
"""


def guarded(script: str, token: str, limit_s: float, *, looks_first: bool) -> str:
    """POSIX sh for Transport.run.

    Exits as `script` does; 124 when it was ended at its limit, 75 when an earlier one
    still hangs. Writes nothing on the host.

    Args:
        script: POSIX sh.
        token: Of the kind, the host and whoever asks: the same for each question.
        limit_s: Rounded up to whole seconds.
        looks_first: Look whether an earlier one still hangs; it costs a look at every
            process of the host, so only after a time-out, or when nothing is known yet.

    Raises:
        ValueError: The token is none (it becomes part of a script).
    """
    if not _TOKEN.fullmatch(token):
        raise ValueError("the token of a question is 4 to 60 small letters and digits")
    limit = max(1, round(limit_s + 0.499))
    values = f"token={token}\nlimit={limit}\nlooks={'1' if looks_first else ''}\n"
    return f"{values}question={shlex.quote(script)}\n{_GUARDED}"
