"""The slow questions: what is asked, how often, and what an answer means."""

from __future__ import annotations

import shlex
from datetime import datetime

from devops_tui.domain.file_system import DISK_SCRIPT
from devops_tui.domain.fleet import Host, Scope
from devops_tui.domain.nagios import read_check
from devops_tui.domain.slow_plan import Certificates, Check, SlowPlan
from devops_tui.domain.survey import (
    CERTIFICATES,
    CHECK,
    CONTAINERS,
    DISKS,
    LOG,
    PORTS,
    PROCESSES,
    SYSTEM,
    UNITS,
    Reading,
)
from devops_tui.domain.survey_disks import read_disks
from devops_tui.domain.survey_read import (
    read_certificates,
    read_containers,
    read_log,
    read_ports,
    read_processes,
    read_system,
    read_units,
)
from devops_tui.services.slow_databases import database_question
from devops_tui.services.slow_machine import MACHINE
from devops_tui.services.slow_question import NOT_THERE as NOT_THERE
from devops_tui.services.slow_question import Question as Question

_UNITS = f"""command -v systemctl >/dev/null || exit {NOT_THERE}
exec systemctl list-units --failed --plain --no-legend --no-pager
"""
_PORTS = "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep ' 0A '\nexit 0\n"
_SYSTEM = """echo '#reboot'
if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; then
    echo required; cat /run/reboot-required.pkgs 2>/dev/null | sort -u | head -n 5
elif [ -d /lib/modules ] && [ -n "$(ls /lib/modules 2>/dev/null)" ] &&
    [ -e /boot ] && [ ! -d "/lib/modules/$(uname -r)" ] && [ -n "$(ls /boot/vmlinuz* 2>/dev/null)" ]
then echo "the kernel that runs is no longer installed"; fi
echo '#oom'
while read -r name value; do [ "$name" = oom_kill ] && echo "$value"; done </proc/vmstat
echo '#chrony'
command -v chronyc >/dev/null && chronyc -c tracking 2>/dev/null
echo '#date'
case $(date +%N) in *[!0-9]* | '') date +%s ;; *) date +%s.%N ;; esac
"""
_CONTAINERS = f"""found=''
for tool in docker podman; do
    command -v $tool >/dev/null || continue
    found=1
    $tool ps -a --format '{{{{.Names}}}}\t{{{{.Image}}}}\t{{{{.Status}}}}' 2>&1 | head -n 300
done
[ -n "$found" ] || exit {NOT_THERE}
"""
# Two looks half a second apart: what a process spent since it began says nothing of now.
_PROCESSES = r"""look() { cat /proc/[0-9]*/stat 2>/dev/null; }
read -r began rest </proc/uptime
first=$(look)
sleep 0.5 2>/dev/null || sleep 1
read -r ended rest </proc/uptime
{ printf '%s\n#\n' "$first"; look; } | awk -v s="$began" -v e="$ended" -v hz="$(getconf CLK_TCK 2>/dev/null || echo 100)" -v page="$(getconf PAGESIZE 2>/dev/null || echo 4096)" '
$0 == "#" { again = 1; next }
match($0, /\)[^)]*$/) {
    pid = $0 + 0
    n = split(substr($0, RSTART + 2), a, " ")
    if (n < 22) next
    if (!again) { before[pid] = a[12] + a[13]; next }
    name = substr($0, 1, RSTART - 1)
    sub(/^[0-9]+ \(/, "", name)
    spent = pid in before ? a[12] + a[13] - before[pid] : 0
    if (spent < 0) spent = 0
    printf "%d %.4f %.0f %s\n", pid, spent / hz / (e - s), a[22] * page, name
}' | sort -k2,2nr -k3,3nr | head -n 30
"""  # noqa: E501 - one command of a shell
_LOG = """for file in /var/log/syslog /var/log/messages; do
    [ -r "$file" ] && known=$file && break
done
if command -v journalctl >/dev/null && said=$(journalctl -n 60 --no-pager -q -o short-iso 2>&1)
then [ -n "$said" ] && printf 'journal\n%s\n' "$said" && exit 0; fi
[ -n "$known" ] || { echo "no journal and no log file that this login may read"; exit 0; }
echo "$known"
tail -n 60 "$known"
"""


def questions_of(host: Host, plan: SlowPlan) -> tuple[Question, ...]:
    """What a host is asked; some of it only while somebody looks at it."""
    found = [
        Question(DISKS, 60.0, DISK_SCRIPT, lambda _, out, _a, _b: read_disks(out)),
        Question(SYSTEM, 120.0, _SYSTEM, lambda _, out, asked, at: read_system(out, asked, at)),
        Question(UNITS, 60.0, _UNITS, lambda _, out, _a, _b: read_units(out)),
        Question(PORTS, 120.0, _PORTS, lambda _, out, _a, _b: read_ports(out)),
        Question(CONTAINERS, 60.0, _CONTAINERS, lambda _, out, _a, _b: read_containers(out)),
    ]
    certificates = plan.certificates_of(host)
    if certificates:
        found.append(_certificates(certificates))
    return (
        *found,
        *(MACHINE if host.scope is Scope.MACHINE else ()),
        *(database_question(database) for database in plan.databases_of(host)),
        *(_check(check) for check in plan.checks_of(host)),
        Question(
            PROCESSES, 5.0, _PROCESSES, lambda _, out, _a, _b: read_processes(out), is_look=True
        ),
        Question(LOG, 5.0, _log(plan.logs_of(host)), _read_log, is_look=True),
    )


def _read_log(_code: int, output: bytes, _a: datetime, _b: datetime) -> tuple[Reading, ...]:
    return read_log(output)


def _log(files: tuple[str, ...]) -> str:
    """The journal, or the files that the workspace names; each part names its source."""
    if not files:
        return _LOG
    rows = max(10, 120 // len(files))
    return "".join(
        f"for file in {_pattern(file)}; do\n"
        '[ -r "$file" ] || { echo "$file cannot be read by this login"; continue; }\n'
        f'echo "$file"; tail -n {rows} "$file"\ndone\n'
        for file in files
    )


def _pattern(path: str) -> str:
    """A path whose last part may hold `*`: quoted but for that."""
    folder, _, name = path.rpartition("/")
    return shlex.quote(f"{folder}/") + "*".join(map(_quoted, name.split("*")))


def _quoted(text: str) -> str:
    return shlex.quote(text) if text else ""


def _check(check: Check) -> Question:
    def read(code: int, output: bytes, _a: datetime, _b: datetime) -> tuple[Reading, ...]:
        return (read_check(check.name, code, output),)

    return Question(f"{CHECK}:{check.name}", check.every_s, check.run, read, check.timeout_s)


def _certificates(wanted: tuple[Certificates, ...]) -> Question:
    warn_days: dict[str, float] = {}
    script = ['say() { printf \'%s\\t%s\\n\' "$1" "${2:-$3}"; }']
    has_openssl = "command -v openssl >/dev/null || missing='openssl is not installed there'"
    script.append(f"missing=''\n{has_openssl}")
    for found in wanted:
        for name in found.files:
            warn_days[name] = found.warn_days
            path = shlex.quote(name)
            script.append(
                f"said=''\n[ -r {path} ] && said=$(openssl x509 -noout -enddate -in {path} "
                f'2>/dev/null)\nsay {path} "$said" "${{missing:-cannot be read}}"'
            )
        for name in found.ports:
            warn_days[name] = found.warn_days
            server, _, port = name.rpartition(":")
            place = shlex.quote(f"{server or '127.0.0.1'}:{port}")
            asked = f"-servername {shlex.quote(server)}" if server else ""
            script.append(
                f"said=$(openssl s_client -connect {place} {asked} </dev/null 2>/dev/null | "
                f"openssl x509 -noout -enddate 2>/dev/null)\n"
                f'say {shlex.quote(name)} "$said" "${{missing:-no TLS answer}}"'
            )

    def read(_code: int, output: bytes, _asked: datetime, at: datetime) -> tuple[Reading, ...]:
        return read_certificates(output, warn_days, at)

    return Question(CERTIFICATES, 3600.0, "\n".join([*script, "exit 0\n"]), read, 30.0)
