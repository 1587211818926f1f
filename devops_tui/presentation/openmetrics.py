"""Figures of a fleet as OpenMetrics text, for Prometheus and its kin.

Source: the OpenMetrics specification 1.0, "Text format": UNIT is a suffix of the name,
label values escape backslash, quote and line feed, the text ends with `# EOF`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devops_tui.domain.export import name_of, suffix_of
from devops_tui.domain.fleet import Frame, Host, LinkState
from devops_tui.domain.history import METRICS, Metric

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
CLASSIC_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def exposition(frames: Iterable[Frame], hosts: Mapping[str, Host]) -> str:
    """Every figure of every live host, with the time at which it was taken.

    A host that is not live has `devops_tui_host_up 0` and no other figures: nothing old is
    told as if it were new.
    """
    known = list(frames)
    rows = ["# HELP devops_tui_host_up Whether figures of the host are live."]
    rows.insert(0, "# TYPE devops_tui_host_up gauge")
    rows += [f"devops_tui_host_up{_labels(f, hosts)} {int(_is_live(f))}" for f in known]
    live = [(f, _labels(f, hosts)) for f in known if _is_live(f)]
    for metric in METRICS:
        rows += _family(metric, live)
    return "\n".join([*rows, "# EOF", ""])


def classic(frames: Iterable[Frame], hosts: Mapping[str, Host]) -> str:
    """The same in the older text of Prometheus, for readers that know no OpenMetrics.

    Source: Prometheus, "Text-based format" 0.0.4: times are whole milliseconds, there are no
    units, and no end is marked.
    """
    rows = []
    for row in exposition(frames, hosts).splitlines():
        if row.startswith("# UNIT ") or row == "# EOF":
            continue
        head, _, time = row.rpartition(" ")
        has_time = not row.startswith("#") and head.rpartition(" ")[0].endswith("}")
        rows.append(f"{head} {round(float(time) * 1000)}" if has_time else row)
    return "\n".join([*rows, ""])


def _family(metric: Metric, live: Iterable[tuple[Frame, str]]) -> list[str]:
    name = name_of(metric)
    rows = [f"# TYPE {name} gauge"]
    if suffix_of(metric):
        rows.append(f"# UNIT {name} {suffix_of(metric)[1:]}")
    rows.append(f"# HELP {name} {metric.about[0].upper()}{metric.about[1:]}.")
    for frame, labels in live:
        value = getattr(frame.sample, metric.field)
        if value is not None:
            rows.append(f"{name}{labels} {float(value)!r} {frame.at.timestamp():.3f}")
    return rows


def _is_live(frame: Frame) -> bool:
    return frame.sample is not None and frame.link is LinkState.LIVE


def _labels(frame: Frame, hosts: Mapping[str, Host]) -> str:
    host = hosts.get(frame.host)
    groups = ",".join(host.groups) if host is not None else ""
    return f'{{host="{_escaped(frame.host)}",groups="{_escaped(groups)}"}}'


def _escaped(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8").translate(_ESCAPED)
