# Runs commands that outlive the link, the worker and its terminal.
#
# usage: sh THIS_FILE VERB ID [ARGUMENT...]     the spool is the folder of this file
#   start ID ENVIRONMENT_BYTES SCRIPT_BYTES     both on standard input; the same id starts once
#   status ID
#   serve                                       lines "ID OFFSET MOST" in, a status and bytes out,
#                                               and a line break behind the bytes;
#                                               "ID stop GRACE_SECONDS" stops beside the answers
#   stop ID GRACE_SECONDS
#   clean ID
#   keep, begin                                 what start runs; not for people
# A status is one line: STATE EXIT_CODE SIZE WHY, with - for what is not known.
#
# needs: POSIX sh, setsid, /proc (Linux), dd, head -c, ls, ln, mv, sync
#
# SPOOL/ID/  keeper    pid, start time and boot of the process that waits for the command.
#                      It is linked into place whole, and a link never replaces a file: that
#                      is the claim, so exactly one keeper goes on and is always known.
#            command   the same of the command itself, there before it begins
#            script    what runs; `environment` beside it is gone before it begins
#            output    standard output and error, as they came
#            verdict   EXIT_CODE SIZE whole|cut; its room is reserved before the command begins

set -f
usual_mask=$(umask)
umask 077
spool=${0%/*}
read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id || boot=unknown

name() {
    case $1 in
    '' | .* | *[!A-Za-z0-9._-]*)
        echo "not a task id: $1" >&2
        exit 64
        ;;
    esac
    id=$1
    d=$spool/$1
}

# Sets born to the start time of a process, in ticks since the boot. A zombie counts as gone:
# in a container whose first process does not reap it would look alive for ever.
find_birth() {
    line=
    { IFS= read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    case $line in
    *') '*) ;;
    *) line=$(cat "/proc/$1/stat" 2>/dev/null) ;; # a program's name may hold a line break
    esac
    # shellcheck disable=SC2086
    set -- ${line##*') '}
    case ${1:-X} in [ZXx]) return 1 ;; esac
    born=${20}
}

# Sets pid from an identity file; fails when that very process is gone, and gone says why.
find_live() {
    gone=killed
    { read -r pid its_birth its_boot <"$1"; } 2>/dev/null || return 1
    if [ "$its_boot" != "$boot" ]; then
        gone=rebooted
        return 1
    fi
    find_birth "$pid" && [ "$born" = "$its_birth" ]
}

write_identity() {
    find_birth "$$" && echo "$$ $born $boot" >"$1"
}

measure() {
    # shellcheck disable=SC2046
    set -- $(ls -ln "$d/output" 2>/dev/null)
    size=${5:-0}
}

read_verdict() {
    { read -r code size whole _ <"$d/verdict"; } 2>/dev/null || return 1
    state=done
    [ "$whole" = whole ] || why=$whole
}

# Sets state, code, size and why.
look() {
    state=none code=- size=0 why=-
    [ -e "$d/keeper" ] || return 0
    read_verdict && return 0
    if find_live "$d/keeper"; then
        state=running
    elif read_verdict; then # it came between the two looks
        return 0
    elif find_live "$d/command"; then
        state=running why=orphaned # its exit code will never be known
    else
        state=lost why=$gone
        [ -e "$d/command" ] || why=never-began
        rm -f "$d/environment"
    fi
    measure
}

say() {
    echo "$state $code $size $why"
}

pause() {
    sleep 0.1 2>/dev/null || sleep 1
}

# Sets now to hundredths of a second since the boot, without a process of its own.
read_clock() {
    { read -r now _ </proc/uptime; } 2>/dev/null || return 1
    now=${now%.*}${now#*.}
    case $now in '' | 0* | *[!0-9]*) return 1 ;; esac
}

# Whether the grace goes on: rounds alone would stretch on a host that is busy.
is_in_time() {
    [ "$rounds" -gt 0 ] || return 1
    [ -n "$grace_ends" ] && read_clock || return 0
    [ "$now" -lt "$grace_ends" ]
}

make_durable() {
    sync "$@" 2>/dev/null || sync
}

start() {
    command -v setsid >/dev/null 2>&1 || {
        echo "there is no setsid program" >&2
        exit 69
    }
    [ -r /proc/self/stat ] || {
        echo "there is no /proc" >&2
        exit 69
    }
    if [ -e "$d/keeper" ]; then
        cat >/dev/null
    else
        mkdir -p "$d" || exit 73
        if ! { dd bs=1 count="$1" >"$d/environment.$$" && cat >"$d/script.$$"; } 2>/dev/null; then
            rm -f "$d/environment.$$" "$d/script.$$"
            rmdir "$d" 2>/dev/null
            echo "no room in $spool" >&2
            exit 73
        fi
        # A link that breaks half-way ends the input early: half a script must not run.
        if [ "$(($(wc -c <"$d/environment.$$")))" -ne "$1" ] ||
            [ "$(($(wc -c <"$d/script.$$")))" -ne "$2" ]; then
            rm -f "$d/environment.$$" "$d/script.$$"
            rmdir "$d" 2>/dev/null
            echo "incomplete" >&2
            exit 65
        fi
        # The keeper holds this pipe until the claim is decided and durable.
        said=$(setsid sh "$0" keep "$id" "$$" "$usual_mask" </dev/null 2>&1 &)
        if [ -n "$said" ]; then
            echo "$said" >&2
            exit 73
        fi
    fi
    look
    say
}

keep() {
    tag=$1
    trap 'interrupted=yes' HUP INT TERM # caught, not ignored: a child would inherit that
    if ! { write_identity "$d/keeper.$tag" && : >"$d/output.$tag" &&
        printf '%-63s\n' '' >"$d/verdict.$tag"; }; then
        rm -f "$d/environment.$tag" "$d/script.$tag" "$d/keeper.$tag" "$d/output.$tag" \
            "$d/verdict.$tag"
        echo "cannot write to $spool"
        exit 73
    fi
    if ! ln "$d/keeper.$tag" "$d/keeper" 2>/dev/null; then
        rm -f "$d/environment.$tag" "$d/script.$tag" "$d/keeper.$tag" "$d/output.$tag" \
            "$d/verdict.$tag"
        [ -e "$d/keeper" ] || echo "$spool takes no hard links"
        exit 0
    fi
    rm -f "$d/keeper.$tag"
    for part in environment script output; do
        mv "$d/$part.$tag" "$d/$part" || exit 73
    done
    make_durable "$d/keeper" "$d"
    exec >/dev/null 2>&1
    setsid sh "$0" begin "$id" "$2" </dev/null >>"$d/output" 2>&1 &
    child=$!
    code=
    while
        interrupted=
        wait "$child"
        waited=$?
        [ -n "$interrupted" ]
    do
        code=$waited # in case that was its end, and a signal came at the same moment
    done
    [ "$waited" -eq 127 ] && [ -n "$code" ] || code=$waited
    measure
    whole=whole
    dd if=/dev/zero bs=4096 count=1 >"$d/room" 2>/dev/null || whole=cut
    rm -f "$d/room"
    printf '%s %s %s' "$code" "$size" "$whole" |
        dd of="$d/verdict.$tag" conv=notrunc 2>/dev/null
    make_durable "$d/verdict.$tag" "$d/output"
    mv "$d/verdict.$tag" "$d/verdict"
    make_durable "$d"
}

begin() {
    write_identity "$d/command.new" && mv "$d/command.new" "$d/command" || exit 73
    environment=$(cat "$d/environment") && rm -f "$d/environment" || exit 73
    umask "$1"
    cd "${HOME:-/}" || exit 73
    set -- "$(command -v sh)" "$d/script" # the environment may set any name of ours
    set +f
    eval "$environment"
    exec "$1" "$2"
}

serve() {
    while read -r its_id offset most; do
        name "$its_id"
        if [ "$offset" = stop ]; then
            # in a session of its own: answers go on, and the grace outlives a link that breaks
            setsid sh "$0" stop "$id" "$most" </dev/null >/dev/null 2>&1 &
            offset=0 most=0
        fi
        look
        length=$((size - offset))
        [ "$length" -le "$most" ] || length=$most
        [ "$length" -ge 0 ] || length=0
        echo "$state $code $size $why $length"
        if [ "$length" -gt 0 ]; then
            { # dd only seeks: it copies no block
                dd bs=1 skip="$offset" count=0
                head -c "$length"
            } <"$d/output" 2>/dev/null
            echo # who reads holds back what may begin a mark, until the next byte is here
        fi
    done
}

stop() {
    rounds=$(($1 * 10))
    look
    while [ "$state" = running ] && [ ! -e "$d/command" ] && [ "$rounds" -gt 0 ]; do
        pause
        rounds=$((rounds - 1))
        look
    done
    if [ "$state" = running ] && find_live "$d/command"; then
        # Not `kill -s TERM -- -N`: busybox knows no `--` there, dash needs it.
        group=$pid # a number stays taken as long as any member of the group lives
        grace_ends=
        read_clock && grace_ends=$((now + $1 * 100))
        kill -TERM "-$group" 2>/dev/null
        while kill -0 "-$group" 2>/dev/null && is_in_time; do
            pause
            rounds=$((rounds - 1))
        done
        kill -KILL "-$group" 2>/dev/null
    fi
    rounds=50 # the keeper writes its verdict now
    look
    while [ "$state" = running ] && [ "$rounds" -gt 0 ]; do
        pause
        rounds=$((rounds - 1))
        look
    done
    say
}

clean() {
    look
    if [ "$state" = running ]; then
        say
        exit 75
    fi
    rm -rf "$d"
    state=none code=- size=0 why=-
    say
}

verb=$1
[ "$verb" = serve ] || name "$2"
case $verb in
start | keep) "$verb" "$3" "$4" ;;
begin | stop) "$verb" "$3" ;;
clean) clean ;;
serve) serve ;;
status)
    look
    say
    ;;
*)
    echo "no verb $verb" >&2
    exit 64
    ;;
esac
