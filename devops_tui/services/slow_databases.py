"""Asks PostgreSQL and Redis how they are, with the programs of the host where they run.

A password travels on standard input and stands in the environment of one program; it is
in no command line. Without one the host's own ways count: peer, .pgpass, no password.
"""

from __future__ import annotations

import shlex
from datetime import datetime

from devops_tui.domain.slow_plan import Database, DatabaseKind
from devops_tui.domain.survey import DATABASE, Reading
from devops_tui.domain.survey_database import read_postgres, read_redis
from devops_tui.services.slow_question import Question

# One row a figure: a column that an old server does not have spoils no other.
_POSTGRES_SQL = """
select 'version', current_setting('server_version');
select 'standby', pg_is_in_recovery();
select 'connections', count(*) from pg_stat_activity where backend_type = 'client backend';
select 'most_connections', current_setting('max_connections');
select 'oldest_transaction_s', coalesce(round(extract(epoch from max(now() - xact_start))), 0)
  from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid();
select 'lag_s', coalesce(round(extract(epoch from now() - pg_last_xact_replay_timestamp())), 0)
  where pg_is_in_recovery();
select 'cache_ratio', round(sum(blks_hit) / greatest(sum(blks_hit) + sum(blks_read), 1), 4)
  from pg_stat_database;
select 'deadlocks', sum(deadlocks) from pg_stat_database;
select 'size_bytes', sum(pg_database_size(datname)) from pg_database
  where has_database_privilege(datname, 'connect');
"""
_MISSING = "echo '%s is not installed there, or not where this login finds it'; exit 1"


def database_question(found: Database) -> Question:
    """How one server is asked, and how its answer is read."""
    is_postgres = found.kind is DatabaseKind.POSTGRES
    reader = read_postgres if is_postgres else read_redis

    def read(code: int, output: bytes, _a: datetime, _b: datetime) -> tuple[Reading, ...]:
        return reader(found.name, code, output)

    variable = "PGPASSWORD" if is_postgres else "REDISCLI_AUTH"
    return Question(
        f"{DATABASE}:{found.name}",
        found.every_s,
        _postgres(found) if is_postgres else _redis(found),
        read,
        10.0,
        {variable: found.password} if found.password else {},
    )


def _postgres(found: Database) -> str:
    settings = {
        "PGHOST": found.server,
        "PGPORT": str(found.port) if found.port else "",
        "PGUSER": found.user,
        "PGDATABASE": found.database or "postgres",
        "PGCONNECT_TIMEOUT": "5",
        "PGAPPNAME": "devops-tui",
        "PGOPTIONS": "-c statement_timeout=5000 -c default_transaction_read_only=on",
    }
    lines = [f"{k}={shlex.quote(v)}; export {k}" for k, v in settings.items() if v]
    lines.append(f"command -v psql >/dev/null || {{ {_MISSING % 'psql'}; }}")
    # As one who may not ask without a password: nobody is there to type one.
    asked = "psql -X -q -w -A -t -F '\t' -v ON_ERROR_STOP=0 2>&1"
    lines.append(f"printf '%s' {shlex.quote(_POSTGRES_SQL)} | {asked}")
    return "\n".join(lines)


def _redis(found: Database) -> str:
    server, port = shlex.quote(found.server or "127.0.0.1"), found.port or 6379
    named = f" --user {shlex.quote(found.user)}" if found.user else ""
    count, user = (3, f"${len(found.user)}\\r\\n{found.user}\\r\\n") if found.user else (2, "")
    auth = f"*{count}\\r\\n\\$4\\r\\nAUTH\\r\\n{user}\\$%d\\r\\n%s\\r\\n".replace("\\$", "$")
    return f"""if command -v redis-cli >/dev/null; then
    said=$(redis-cli -h {server} -p {port}{named} INFO 2>&1) || {{ echo "$said"; exit 1; }}
    echo "$said"
    exit 0
fi
command -v bash >/dev/null || {{ {_MISSING % "redis-cli"}; }}
server={server} port={port} format='{auth}'
export server port format
exec bash -c '
exec 3<>"/dev/tcp/$server/$port" || {{ echo "no answer at $server:$port"; exit 1; }}
[ -z "$REDISCLI_AUTH" ] || printf "$format" "${{#REDISCLI_AUTH}}" "$REDISCLI_AUTH" >&3
printf "INFO\\r\\nQUIT\\r\\n" >&3
cat <&3' 2>&1
"""
