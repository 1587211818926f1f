# Figures of a process tree, against one core: one record for each line on stdin.
# root: the SSH server's process id; me: our own; hz: jiffies a second; page: bytes.

function first_line(path,    line) {
    line = ""
    getline line < path
    close(path)
    return line
}

# The name stands in parentheses and may hold blanks, parentheses, even a line feed:
# only what follows the last parenthesis counts, and it has more fields than a name has room for.
function read_process(text,    pid, name, a) {
    if (!match(text, /\)[^)]*$/)) return 0
    pid = text + 0
    if (split(substr(text, RSTART + 2), a) < 22) return 0
    name = substr(text, 1, RSTART - 1)
    sub(/^[0-9]+ \(/, "", name)
    names[pid] = name
    state[pid] = a[1]
    parent[pid] = a[2]
    ticks[pid] = a[12] + a[13] + a[14] + a[15]
    pages[pid] = a[22]
    return 1
}

function read_all(    command, line, text) {
    split("", parent)
    split("", inside)
    command = "cat /proc/[0-9]*/stat 2>/dev/null"
    text = ""
    while ((command | getline line) > 0) {
        text = text == "" ? line : text "\n" line
        if (read_process(text)) text = ""
    }
    close(command)
}

# Our shell may have been started by a login shell; OpenSSH forks once or twice a login.
function find_root(    pid) {
    pid = root + 0
    while (names[pid] ~ /^-?(sh|bash|dash|ash|zsh|fish|csh|tcsh|ksh|mksh|busybox)$/ && parent[pid] > 1)
        pid = parent[pid]
    while (parent[pid] > 1 && names[pid] ~ /^sshd/ && names[parent[pid]] ~ /^sshd/)
        pid = parent[pid]
    return pid
}

# 1 below the root, 2 below (or) the probe itself, 0 outside; remembers what it finds.
function place(pid, depth) {
    if (pid in inside) return inside[pid]
    if (pid == me) inside[pid] = 2
    else if (pid == top) inside[pid] = 1
    else if (depth > 200 || !(pid in parent)) return 0
    else inside[pid] = place(parent[pid], depth + 1)
    return inside[pid]
}

function tally(    pid) {
    total = rss = count = busy = 0
    for (pid in parent) {
        if (!place(pid + 0, 0)) continue
        total += ticks[pid]
        rss += pages[pid]
        count++
        # The probe always runs while it looks: it would make every load at least 1.
        if (inside[pid + 0] == 1 && state[pid] ~ /[RD]/) busy++
    }
}

# Not exp(-seconds / window): busybox may come without mathematics.
function damp(old, seconds, window,    keep) {
    keep = window / (window + seconds)
    return old * keep + busy * (1 - keep)
}

# A process that leaves the tree takes its time along: never count backwards for it.
function advance(uptime,    elapsed, spent, seconds) {
    if (!started) {
        started = 1
        load1 = load5 = load15 = busy
    } else {
        seconds = uptime - last_uptime
        elapsed = seconds * hz
        spent = total - last_total
        if (spent > elapsed) spent = elapsed
        if (spent < 0) spent = 0
        used += spent
        idle += elapsed - spent
        load1 = damp(load1, seconds, 60)
        load5 = damp(load5, seconds, 300)
        load15 = damp(load15, seconds, 900)
    }
    last_uptime = uptime
    last_total = total
}

function memory(    line, a, kb) {
    while ((getline line < "/proc/meminfo") > 0) {
        split(line, a)
        if (a[1] == "MemTotal:") {
            kb = a[2]
            break
        }
    }
    close("/proc/meminfo")
    rss = rss * page / 1024
    if (rss > kb) rss = kb
    return sprintf(" m %s %.0f 0 0", kb, kb - rss)
}

function say(text) {
    printf "{%s %s}%s\n", mark, text, mark
    fflush()
}

BEGIN {
    used = idle = 0
    say("h awk")
}

{
    read_all()
    if (top == "") top = find_root()
    tally()
    split(first_line("/proc/uptime"), up)
    advance(up[1] + 0)
    say(sprintf("r u %s c %.0f 0 0 %.0f 0 0 0 0 k 1%s l %.2f %.2f %.2f p %d", \
        up[1], used, idle, memory(), load1, load5, load15, count))
}
