"""Envoy's runtime on disk: what was set over the admin endpoint, kept for the next start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devops_tui.ports.transport import Transport
from devops_tui.switches.scripted import LOCKED, NEWER, run_script

_KEEP = f"""
dir=$folder
file=$folder/current
{LOCKED}
held=$(cat "$folder/current/$fence_key" 2>/dev/null) || held=0
case $held in ''|*[!0-9]*) held=0 ;; esac
[ "$held" -le "$fence" ] || {{ echo "$held"; exit {NEWER}; }}
set -e
new=$fence.$$
mkdir "$folder/$new"
printf '%s\\n' "$values" | while read -r name value; do
  echo "$value" >"$folder/$new/$name"
done
old=$(readlink "$folder/current") || old=
ln -s "$new" "$folder/current.new"
mv -fT "$folder/current.new" "$folder/current"
sync "$folder/$new"/* "$folder/$new" "$folder" 2>/dev/null || :
case $old in ''|*/*) ;; *) rm -rf "$folder/$old" ;; esac
"""


def keep_lines(folder: str) -> tuple[str, ...]:
    """What keeping does on the host, for a person to read."""
    return (
        f"flock {folder}/current.lock",
        f"write {folder}/FENCE.N  (a file for each key)",
        f"mv -T {folder}/current.new {folder}/current  (a link; Envoy looks when it moves)",
    )


async def keep(
    transport: Transport, folder: str, values: Mapping[str, object], fence_key: str
) -> None:
    """Writes the keys into a new folder and moves the link `current` to it.

    Raises:
        SwitchRefused: A newer change is kept already, or the folder cannot be written.
        CommandFailed, HostUnreachable: It may be kept or not.
    """
    text = "\n".join(f"{name} {value}" for name, value in values.items())
    given = {
        "folder": folder,
        "fence_key": fence_key,
        "fence": values[fence_key],
        "values": text,
    }
    await run_script(transport, given, _KEEP)


def kept_values(runtime: Mapping[str, Any]) -> Mapping[str, str]:
    """What would hold after a restart: every layer without the last one, the admin layer.

    `runtime` is the answer to GET /runtime?format=json.
    """
    found: dict[str, str] = {}
    for name, entry in runtime["entries"].items():
        values = [str(value) for value in entry.get("layer_values", [])[:-1] if value != ""]
        if values:
            found[name] = values[-1]
    return found
