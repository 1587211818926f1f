# Figures of the whole machine: one record for each line on stdin, no forks.
# Numbers go through as the text the kernel wrote: no awk gets to round them.

function clean(name) {
    gsub(/[^A-Za-z0-9_.:@-]/, "_", name)
    return name
}

function exists(path,    line, found) {
    found = (getline line < path) >= 0
    close(path)
    return found
}

function first_line(path,    line) {
    line = ""
    getline line < path
    close(path)
    return line
}

function field(text) {
    return text == "" ? 0 : text
}

function cpu(    line, a, n, out, cores, i) {
    out = " c"
    cores = 0
    while ((getline line < "/proc/stat") > 0) {
        n = split(line, a)
        if (a[1] == "cpu")
            for (i = 2; i <= 9; i++) out = out " " field(a[i])
        else if (a[1] ~ /^cpu/) cores++
        else break
    }
    close("/proc/stat")
    return out " k " cores
}

function memory(    line, a, m) {
    while ((getline line < "/proc/meminfo") > 0) {
        split(line, a)
        m[a[1]] = a[2]
    }
    close("/proc/meminfo")
    # Kernels before 3.14 do not estimate what is available.
    if (!("MemAvailable:" in m))
        m["MemAvailable:"] = sprintf("%.0f", m["MemFree:"] + m["Buffers:"] + m["Cached:"])
    return " m " field(m["MemTotal:"]) " " field(m["MemAvailable:"]) " " \
        field(m["SwapTotal:"]) " " field(m["SwapFree:"])
}

function load(    a, b) {
    split(first_line("/proc/loadavg"), a)
    split(a[4], b, "/")
    return " l " field(a[1]) " " field(a[2]) " " field(a[3]) " p " field(b[2])
}

# A partition's counters are in its disk's too: sda1 belongs to sda, nvme0n1p1 to nvme0n1.
function is_partition(name, seen,    base) {
    base = name
    if (!sub(/[0-9]+$/, "", base)) return 0
    if (base ~ /[0-9]p$/) sub(/p$/, "", base)
    return base in seen
}

function disks(    line, a, out, seen) {
    out = ""
    while ((getline line < "/proc/diskstats") > 0) {
        split(line, a)
        seen[a[3]] = 1
        if (a[3] ~ /^(loop|ram|zram|sr|fd|dm-|md|drbd|bcache|nvme[0-9]+c)/) continue
        if (a[4] + a[8] == 0 || is_partition(a[3], seen)) continue
        out = out " d " clean(a[3]) " " field(a[6]) " " field(a[10]) " " field(a[13])
    }
    close("/proc/diskstats")
    return out
}

# What crosses a bridge, bond or VLAN crosses a card too: cards alone count where there are any.
function nets(    line, a, name, cards, others, part) {
    cards = others = ""
    while ((getline line < "/proc/net/dev") > 0) {
        if (!match(line, /:[^:]*$/)) continue
        name = substr(line, 1, RSTART - 1)
        gsub(/ /, "", name)
        split(substr(line, RSTART + 1), a)
        if (name == "lo" || a[1] + a[9] == 0) continue
        if (!(name in is_card)) is_card[name] = exists("/sys/class/net/" name "/device/uevent")
        part = " n " clean(name) " " a[1] " " a[9]
        if (is_card[name]) cards = cards part
        else if (name !~ /^(veth|docker|br-|virbr|vnet|cni|cali|flannel|dummy|ifb)/) others = others part
    }
    close("/proc/net/dev")
    return cards == "" ? others : cards
}

function pressure(key, path,    line) {
    line = first_line(path)
    if (line !~ /^some .*total=[0-9]+$/) return ""
    sub(/.*total=/, "", line)
    return " " key " " line
}

function say(text) {
    printf "{%s %s}%s\n", mark, text, mark
    fflush()
}

BEGIN { say("h awk") }

{
    split(first_line("/proc/uptime"), up)
    say("r u " up[1] cpu() memory() load() disks() nets() \
        pressure("pc", "/proc/pressure/cpu") pressure("pm", "/proc/pressure/memory") \
        pressure("pi", "/proc/pressure/io"))
}
