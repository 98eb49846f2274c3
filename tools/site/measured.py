"""Render the measurements in docs/*.json as Markdown.

`make faults` writes reliability.json, `make load` writes load.json, and
`python -m tools.which_queue --write` writes queues.json.
"""

import json
import platform
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sprout import SproutError
from sprout.days import ROOT

COUNTED = ("accepted", "failed", "dropped", "lost", "stuck", "twice")
OTHER = {
    "refused": "503",
    "unanswered": "no answer",
    "failed": "failed",
    "dropped": "dropped",
    "lost": "lost",
    "stuck": "stuck",
    "twice": "twice",
    "again": "restarted",
}
STACKS = {"redis": "Redis, SQLite", "rabbitmq": "RabbitMQ, PostgreSQL"}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def reliability() -> str:
    """Return a section for each fault in docs/reliability.json."""
    path = ROOT / "docs" / "reliability.json"
    if not path.exists():
        raise SproutError("docs/reliability.json is missing. Run `make faults`.")
    rows = json.loads(path.read_text(encoding="utf-8"))
    faults: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        faults.setdefault(row["fault"], []).append(row)
    sums = [sum(row.get(name, 0) for row in rows) for name in COUNTED]
    return "\n\n".join(
        [
            "Of {} accepted requests, {} failed, {} were dropped, {} were lost, {} "
            "were stuck, and {} effects happened twice.".format(*sums),
            *(fault_section(fault, found) for fault, found in faults.items()),
        ]
    )


def fault_section(fault: str, rows: list[dict[str, Any]]) -> str:
    """Return the section of a fault: its promise, figures, observations and command."""

    def seconds(found: float | None) -> str:
        return "never" if found is None else f"{found:.1f} s"

    def other(row: dict[str, Any]) -> str:
        found = {word: row.get(name) for name, word in OTHER.items()}
        parts = (f"{count}x {word}" for word, count in found.items() if count)
        return ", ".join(parts) or "none"

    figures = table(
        ["Stack", "Requests", "Succeeded", "Other outcomes", "Recovery", "Drain"],
        (
            [
                STACKS[row["stack"]],
                f"{row['asked']}",
                f"{row['succeeded']}",
                other(row),
                *(seconds(row[name]) for name in ("serves", "settled")),
            ]
            for row in rows
        ),
    )
    seen = {row["saw"].strip() for row in rows} - {""}
    parts = [
        f"### {fault[0].upper()}{fault[1:]}",
        f"{rows[0]['promise'][0].upper()}{rows[0]['promise'][1:]}.",
        figures,
        *(f"Observed: `{text}`" for text in sorted(seen)),
        f'```console\n$ .venv/bin/python -m tools.faults --only "{fault}"\n```',
    ]
    return "\n\n".join(parts)


def measured(part: str) -> tuple[Any, str]:
    """Return a part of docs/load.json with its date and its machine."""
    path = ROOT / "docs" / "load.json"
    whole = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if part not in whole:
        raise SproutError(f"docs/load.json has no {part}. Run `make load`.")
    found = whole[part]
    return found["found"], f"Measured by `make load` on {found['measured']}."


def load() -> str:
    """Return a table that compares Sprout and a minimal tutorial under load."""
    (ours, where), (theirs, _) = measured("application"), measured("original")

    def row(name: str, value: Callable[[dict[str, Any]], str]) -> list[str]:
        return [name, value(ours), value(theirs)]

    def each(values: dict[str, float]) -> str:
        return ", ".join(f"{name} {value:g}" for name, value in values.items() if value)

    def grown(site: dict[str, Any]) -> str:
        memory = site["memory, MB"]
        return each({name: sizes["growth"] for name, sizes in memory.items()}) or "0"

    def steadily(site: dict[str, Any]) -> str:
        steady = site["steady"]
        return (
            f"{steady['runs a second']:g} runs per second for {steady['seconds']:g} s"
        )

    rows = [
        row("runs in the burst", lambda site: f"{site['burst']['runs']}"),
        row(
            "requests per second in the burst",
            lambda site: f"{site['burst']['requests per second']:g}",
        ),
        row(
            "finished runs per second in the burst",
            lambda site: f"{site['burst']['finished per second']:g}",
        ),
        row("POST in the burst", lambda site: times(site["burst"]["POST, ms"])),
        row("tasks in the longest queue", lambda site: f"{site['longest queue']}"),
        row(
            "processor time per run, ms",
            lambda site: each(site["burst"]["processor, ms a run"]),
        ),
        row("steady load", steadily),
        row("POST in the steady load", lambda site: times(site["steady"]["POST, ms"])),
        row("GET in the steady load", lambda site: times(site["steady"]["GET, ms"])),
        row("failed requests", lambda site: f"{site['steady']['refused']}"),
        row("memory growth, MB", grown),
    ]
    rate = "finished per second"
    ratio = ours["burst"][rate] / theirs["burst"][rate]
    return (
        f"{table(['Measure', 'Sprout', 'Tutorial'], rows)}\n\n"
        f"During the burst, Sprout finished {ratio:.2f} times as many runs per second "
        f"as the tutorial application. {where}"
    )


def times(milliseconds: dict[str, float]) -> str:
    """Return the text of a median and a 99th percentile."""
    return f"median {milliseconds['p50']:g} ms, 99 % within {milliseconds['p99']:g} ms"


def load_settings() -> str:
    """Return tables of the load figures, with one setting changed in each row."""
    found, where = measured("settings")
    parts = []
    for title, rows in (
        ("Steps that do nothing", found["no wait"]),
        ("Steps that wait for 0.1 s", found["0.1 s"]),
    ):
        head = [
            title,
            "Runs finished per second",
            "Requests per second",
            "Processor time per run, ms",
        ]
        parts.append(
            table(
                head,
                (
                    [
                        row["setting"],
                        f"{row['finished per second']:g}",
                        f"{row['requests per second']:g}",
                        f"{sum(row['processor, ms a run'].values()):.0f}",
                    ]
                    for row in rows
                ),
            )
        )
    usual = found["no wait"][0]
    used = usual["processor, ms a run"]
    total, cores = sum(used.values()), usual["processors"]
    limit = (
        f"With the default settings, a run takes {total:.0f} ms of processor time: "
        f"{used['worker']:.0f} in the worker and {used['web']:.0f} in the web server. "
        f"The clients use the same {cores} cores, which therefore finish at most "
        f"{1000 * cores / total:.0f} runs per second."
    )
    runs = f"Each measurement consists of {usual['runs']} runs."
    return "\n\n".join([limit, *parts, f"{runs} {where}"])


def slow() -> str:
    """Return a table of the requests served while some clients are slow."""
    found, where = measured("slow")
    rows = (
        [
            f"{row['clients']} clients with endless {row['slow']}",
            row["web"],
            f"{row['answered']} of {row['asked']}",
            "timed out after " * (row["answered"] < row["asked"])
            + f"{row['longest, s']:.2f} s",
        ]
        for row in found
    )
    head = ["Load", "Web server", "Other requests served", "Longest wait"]
    return f"{table(head, rows)}\n\n{where}"


def queues() -> str:
    """Return a table of the task queues in docs/queues.json."""
    path = ROOT / "docs" / "queues.json"
    if not path.exists():
        raise SproutError(
            "docs/queues.json is missing. "
            "Run `.venv/bin/python -m tools.which_queue --write`."
        )
    found = json.loads(path.read_text(encoding="utf-8"))
    patience = f"not within {found['patience, s']:g} s"

    def cell(seconds: float | None, text: str, way: str) -> str:
        return "no" if seconds is None else text.format(seconds) + f": {way}"

    def row(each: dict[str, Any]) -> list[str]:
        seen = each["seen"]
        versions = [f"{name} {version}" for name, version in each["versions"].items()]
        retried = seen["retried, s"]
        after = "after {:.1f} s" if (retried or 0) >= 0.5 else "immediately"
        again, with_it = seen["again, s"], seen.get("again with it, s")
        return [
            f"**{each['queue']}**: {', '.join(versions)}",
            cell(retried, after, each["retry"]),
            cell(seen.get("schedule, s"), "every {:.0f} s", each["schedule"]),
            f"yes: {each['fan_in']}" if seen["fan-in"] else "no",
            patience if again is None else f"after {again:.0f} s",
            "not documented"
            if not each["recovery"]
            else f"{patience}: {each['recovery']}"
            if with_it is None
            else f"after {with_it:.0f} s: {each['recovery']}",
        ]

    head = ["Queue", "Retry", "Schedule", "Fan-in"]
    head += ["Redelivery, default settings", "Redelivery, recovery enabled"]
    servers = " and ".join(f"{name} {each}" for name, each in found["servers"].items())
    where = f"Measured on {found['measured']}, with {servers}."
    return f"{table(head, map(row, found['rows']))}\n\n{where}"


def measured_here() -> str:
    """Return today's date and a description of this machine."""
    where = f"{processor()}, {platform.system()}, Python {platform.python_version()}"
    day = datetime.now(UTC).strftime("%d %B %Y").lstrip("0")
    return f"{day}: {where}"


def processor() -> str:
    """Return the name of the processor and the number of cores."""
    name, cores = platform.machine(), 1
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = re.findall(r"^model name\s*: (.*)$", cpuinfo.read_text(), re.MULTILINE)
        cores = len(names) or 1
        name = names[0] if names else name
    return f"{cores} cores of {name}"
