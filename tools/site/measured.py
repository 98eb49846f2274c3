"""What was measured, as Markdown for the pages: the figures that other commands wrote.

`make faults` writes docs/reliability.json, `make load` docs/load.json.
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

TOLD = ("accepted", "failed", "dropped", "lost", "stuck", "twice")
OTHER = {
    "refused": "503",
    "unanswered": "no answer",
    "failed": "failed",
    "dropped": "dropped",
    "lost": "lost",
    "stuck": "stuck",
    "twice": "twice",
    "again": "again",
}
STACKS = {"redis": "Redis, SQLite", "rabbitmq": "RabbitMQ, PostgreSQL"}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def reliability() -> str:
    """What was broken, and what became of it: the figures that `make faults` wrote."""
    path = ROOT / "docs" / "reliability.json"
    if not path.exists():
        raise SproutError("docs/reliability.json is missing: make faults")
    rows = json.loads(path.read_text(encoding="utf-8"))
    faults: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        faults.setdefault(row["fault"], []).append(row)
    sums = [sum(row.get(name, 0) for row in rows) for name in TOLD]
    return "\n\n".join(
        [
            "Of {} requests that were accepted, {} failed, {} were dropped, {} were "
            "lost, {} were stuck, and {} effects were there twice.".format(*sums),
            *(told(fault, found) for fault, found in faults.items()),
        ]
    )


def told(fault: str, rows: list[dict[str, Any]]) -> str:
    """Return one fault's promise, its figures, and the command that makes them."""

    def seconds(found: float | None) -> str:
        return "never" if found is None else f"{found:.1f} s"

    def other(row: dict[str, Any]) -> str:
        found = {word: row.get(name) for name, word in OTHER.items()}
        told = (f"{count}x {word}" for word, count in found.items() if count)
        return ", ".join(told) or "nothing"

    figures = table(
        ["On", "Asked", "Succeeded", "Other than that", "Serves", "All over"],
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
        *(f"Seen: `{text}`" for text in sorted(seen)),
        f'```console\n$ .venv/bin/python -m tools.faults --only "{fault}"\n```',
    ]
    return "\n\n".join(parts)


def measured(part: str) -> tuple[Any, str]:
    """Return a part of what `make load` wrote, and where and when it did."""
    path = ROOT / "docs" / "load.json"
    whole = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if part not in whole:
        raise SproutError(f"docs/load.json is missing, or its {part}: make load")
    found = whole[part]
    return found["found"], f"Measured by `make load` on {found['measured']}."


def load() -> str:
    """The application under load, beside one as tutorials have it."""
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
        return f"{steady['runs a second']:g}, {steady['seconds']:g} s"

    rows = [
        row("at once: runs", lambda site: f"{site['burst']['runs']}"),
        row(
            "asked for, a second",
            lambda site: f"{site['burst']['asked for, a second']:g}",
        ),
        row(
            "finished, a second",
            lambda site: f"{site['burst']['finished, a second']:g}",
        ),
        row("POST meanwhile", lambda site: times(site["burst"]["POST, ms"])),
        row("longest queue, tasks", lambda site: f"{site['longest queue']}"),
        row(
            "processor, ms a run",
            lambda site: each(site["burst"]["processor, ms a run"]),
        ),
        row("steadily: runs a second, for how long", steadily),
        row("POST", lambda site: times(site["steady"]["POST, ms"])),
        row(
            "GET, the states of its tasks",
            lambda site: times(site["steady"]["GET, ms"]),
        ),
        row("refused or unanswered", lambda site: f"{site['steady']['refused']}"),
        row("memory grew by, MB", grown),
    ]
    return f"{table(['What', 'Sprout', 'A tutorial'], rows)}\n\n{where}"


def times(milliseconds: dict[str, float]) -> str:
    """Return a median and a 99th percentile for a table."""
    return f"{milliseconds['p50']:g} ms, 99 % within {milliseconds['p99']:g} ms"


def load_settings() -> str:
    """Which settings move the figures, each changed on its own."""
    found, where = measured("settings")
    parts = []
    for title, rows in (
        ("Steps that do nothing", found["no wait"]),
        ("Steps that wait for 0.1 s", found["0.1 s"]),
    ):
        head = [
            title,
            "Finished, a second",
            "Asked for, a second",
            "Processor, ms a run",
        ]
        parts.append(
            table(
                head,
                (
                    [
                        row["setting"],
                        f"{row['finished, a second']:g}",
                        f"{row['asked for, a second']:g}",
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
        f"As it is, a run takes {total:.0f} ms of processor: {used['worker']:.0f} in "
        f"the worker, {used['web']:.0f} in the web server. More than "
        f"{1000 * cores / total:.0f} a second can therefore not be had from {cores} "
        "cores, on which the clients are as well."
    )
    return "\n\n".join([limit, *parts, f"{usual['runs']} runs each. {where}"])


def slow() -> str:
    """Whether others are served while clients are slow."""
    found, where = measured("slow")
    rows = (
        [
            f"{row['clients']} clients whose {row['slow']} do not end",
            row["web"],
            f"{row['answered']} of {row['asked']}",
            "gave up after " * (row["answered"] < row["asked"])
            + f"{row['longest, s']:.2f} s",
        ]
        for row in found
    )
    head = ["Load", "Web server", "Others served", "Longest wait"]
    return f"{table(head, rows)}\n\n{where}"


def measured_here() -> str:
    """Return the day and the machine, for a figure that is measured now."""
    where = f"{processor()}, {platform.system()}, Python {platform.python_version()}"
    day = datetime.now(UTC).strftime("%d %B %Y").lstrip("0")
    return f"{day}: {where}"


def processor() -> str:
    """Return the kind of processor and how many of them there are."""
    name, cores = platform.machine(), 1
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = re.findall(r"^model name\s*: (.*)$", cpuinfo.read_text(), re.MULTILINE)
        cores = len(names) or 1
        name = names[0] if names else name
    return f"{cores} cores of {name}"
