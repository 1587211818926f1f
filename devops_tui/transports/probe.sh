# Answers each line on stdin with one record on stdout until stdin ends.
# Set before: mark (frames what we say), scope (machine or tree), program (for awk).
# All of it is parsed before any of it runs, and nothing is sent to us before we said "h":
# so a shell that reads its script in blocks swallows none of the ticks.

say() {
    printf '{%s %s}%s\n' "$mark" "$1" "$mark"
}

has_awk() {
    [ "$(awk 'BEGIN { print 6 * 7 }' </dev/null 2>/dev/null)" = 42 ]
}

cpu_by_shell() {
    cores=0
    while read -r name a b c d e f g h rest; do
        case $name in
        cpu) out="$out c ${a:-0} ${b:-0} ${c:-0} ${d:-0} ${e:-0} ${f:-0} ${g:-0} ${h:-0}" ;;
        cpu*) cores=$((cores + 1)) ;;
        *) break ;;
        esac
    done </proc/stat
    out="$out k $cores"
}

memory_by_shell() {
    total=0 available='' free=0 cache=0 swap=0 swap_free=0
    while read -r name a rest; do
        case $name in
        MemTotal:) total=$a ;;
        MemFree:) free=$a ;;
        MemAvailable:) available=$a ;;
        Buffers: | Cached:) cache=$((cache + a)) ;;
        SwapTotal:) swap=$a ;;
        SwapFree:) swap_free=$a && break ;;
        esac
    done </proc/meminfo
    out="$out m $total ${available:-$((free + cache))} $swap $swap_free"
}

# Takes the digits at the end away, and the p before them where a disk's name ends in one.
base_of() {
    base=$1
    while :; do
        case $base in
        *[0-9]) base=${base%?} ;;
        *) break ;;
        esac
    done
    case $base in *[0-9]p) base=${base%p} ;; esac
}

disks_by_shell() {
    seen=' '
    while read -r major minor name reads b sectors d writes f written h i busy rest; do
        seen="$seen$name "
        case $name in
        loop* | ram* | zram* | sr* | fd* | dm-* | md* | drbd* | bcache* | nvme*c*) continue ;;
        esac
        [ $((reads + writes)) -gt 0 ] || continue
        base_of "$name"
        if [ "$base" != "$name" ]; then
            case $seen in *" $base "*) continue ;; esac
        fi
        out="$out d $name $sectors $written $busy"
    done </proc/diskstats
}

nets_by_shell() {
    cards='' others=''
    while IFS=': ' read -r name received b c d e f g h sent rest; do
        case "$name $received" in
        lo\ * | *[!A-Za-z0-9_.:@\ -]* | *' ' | *' '*[!0-9]*) continue ;;
        esac
        [ "$received$sent" != 00 ] || continue
        if [ -e "/sys/class/net/$name/device" ]; then
            cards="$cards n $name $received $sent"
            continue
        fi
        case $name in
        veth* | docker* | br-* | virbr* | vnet* | cni* | cali* | flannel* | dummy* | ifb*) ;;
        *) others="$others n $name $received $sent" ;;
        esac
    done </proc/net/dev
    out="$out${cards:-$others}"
}

pressure_by_shell() {
    total=''
    { read -r kind a b c total <"$2"; } 2>/dev/null
    case $total in total=[0-9]*) out="$out $1 ${total#total=}" ;; esac
}

machine_by_shell() {
    say 'h shell'
    while read -r tick; do
        read -r uptime rest </proc/uptime
        out="r u $uptime"
        cpu_by_shell
        memory_by_shell
        read -r load1 load5 load15 tasks rest </proc/loadavg
        out="$out l $load1 $load5 $load15 p ${tasks#*/}"
        disks_by_shell
        nets_by_shell
        pressure_by_shell pc /proc/pressure/cpu
        pressure_by_shell pm /proc/pressure/memory
        pressure_by_shell pi /proc/pressure/io
        say "$out"
    done
    exit 0
}

probe() {
    LC_ALL=C
    export LC_ALL
    if [ ! -r /proc/stat ] || [ ! -r /proc/uptime ]; then
        say 'x the host has no /proc/stat that we may read'
        exit 1
    fi
    if has_awk; then
        flags=''
        # mawk alone holds its input back, and alone knows this flag.
        case $(awk -W version </dev/null 2>&1) in mawk*) flags='-W interactive' ;; esac
        root=$PPID
        [ "$root" -gt 0 ] || root=1
        exec awk $flags -v mark="$mark" -v root="$root" -v me="$$" \
            -v hz="$(getconf CLK_TCK 2>/dev/null || echo 100)" \
            -v page="$(getconf PAGESIZE 2>/dev/null || echo 4096)" "$program" 2>/dev/null
    fi
    case $scope in
    machine) machine_by_shell ;;
    *) say 'x the host has no awk' && exit 1 ;;
    esac
}

probe
