"""Slow questions about the machine: graphics processors, temperatures, pending updates.

None needs root and none asks a network: updates are those of the lists that the host has.
"""

from __future__ import annotations

from devops_tui.domain.survey import GPU, TEMPERATURES, UPDATES
from devops_tui.domain.survey_machine import read_gpus, read_temperatures, read_updates
from devops_tui.services.slow_question import NOT_THERE, Question

_GPU = f"""command -v nvidia-smi >/dev/null || exit {NOT_THERE}
exec nvidia-smi --format=csv,noheader,nounits \
--query-gpu=index,name,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw
"""
# By the shell's own words alone: a machine may have a hundred of these files.
_TEMPERATURES = (
    """found=''
value() { read -r said <"$1" 2>/dev/null || said=''; }
for input in /sys/class/hwmon/hwmon*/temp*_input; do
    [ -r "$input" ] || continue
    base=${input%_input}
    value "$input"; now=$said
    [ -n "$now" ] || continue
    value "${input%/*}/name"; chip=$said
    value "${base}_label"; label=${said:-${base##*/}}
    value "${base}_max"; most=$said
    value "${base}_crit"
    printf '%s\\t%s\\t%s\\t%s\\n' "$chip $label" "$now" "$most" "$said"
    found=1
done
[ -n "$found" ] && exit 0
for zone in /sys/class/thermal/thermal_zone*; do
    [ -r "$zone/temp" ] || continue
    value "$zone/temp"; now=$said
    value "$zone/type"
    [ -n "$now" ] && printf '%s\\t%s\\t\\t\\n' "$said" "$now" && found=1
done
[ -n "$found" ] || exit """
    + f"{NOT_THERE}\n"
)
_UPDATES = f"""if command -v apt-get >/dev/null && [ -d /var/lib/apt/lists ]; then
    echo '#apt'
    nice apt-get -s -qq -o Debug::NoLocking=1 upgrade | grep '^Inst '
    exit 0
fi
for tool in dnf yum; do
    command -v $tool >/dev/null || continue
    echo "#$tool"
    nice $tool -q -C check-update
    echo '#security'
    nice $tool -q -C updateinfo list --updates security
    exit 0
done
command -v apk >/dev/null || exit {NOT_THERE}
echo '#apk'
exec apk version -l '<'
"""

MACHINE = (
    Question(GPU, 60.0, _GPU, lambda _, out, _a, _b: read_gpus(out)),
    Question(TEMPERATURES, 120.0, _TEMPERATURES, lambda _, out, _a, _b: read_temperatures(out)),
    Question(
        UPDATES,
        6 * 3600.0,
        _UPDATES,
        lambda _, out, _a, _b: read_updates(out),
        limit_s=45.0,
        spread_s=900.0,
    ),
)
"""What every machine is asked besides; one that has none of it is asked ten times less often."""
