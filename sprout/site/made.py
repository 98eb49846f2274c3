"""What programs say of themselves, as Markdown for the pages.

The application's settings, its endpoints and errors, the help of commands, the public
classes' docstrings, Celery's old names of settings. `python -m sprout.site.made`
writes all of it into docs/made again; the tests compare. What is measured, and so
differs from time to time, is made only when it is named: `python -m sprout.site.made
bench`.
"""

import ast
import functools
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sprout import SproutError
from sprout.days import ROOT
from sprout.process import environment

FOLDER = ROOT / "docs" / "made"
API = ROOT / "drf_api"
# What the notebooks and a reader of the reference use; all else is the companion's own.
PUBLIC = {
    "broker": ["Broker", "free_port"],
    "worker": ["Worker"],
    "recorder": ["Recorder", "Span", "Try"],
    "timeline": ["text", "svg", "bars"],
    "notebook": ["start", "start_application", "Lesson"],
    "show": ["Picture", "code"],
    "graph": ["svg"],
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def printed(*command: str, folder: Path = ROOT) -> str:
    """Return what a command prints; raise CalledProcessError if it fails."""
    # A make that another one has started would name the folder that it works in.
    plain = {"COLUMNS": "80", "NO_COLOR": "1", "MAKEFLAGS": "--no-print-directory"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(plain),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.rstrip().expandtabs(20)


def settings() -> str:
    """The environment variables of the application, from its settings' docstring."""
    source = (API / "taskrunner" / "settings.py").read_text(encoding="utf-8")
    lines = (ast.get_docstring(ast.parse(source)) or "").splitlines()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|") and not line.startswith("|-")
    ]
    return table(rows[0], ([f"`{name}`", *rest] for name, *rest in rows[1:]))


@functools.cache
def schema() -> dict[str, Any]:
    """Return the API's own description, as /api/schema/ has it."""
    command = ["python", "manage.py", "spectacular", "--format", "openapi-json"]
    found: dict[str, Any] = json.loads(printed(*command, folder=API))
    return found


def endpoints() -> str:
    """The operations of the API, each with what it takes and how it can end."""
    rows = []
    for path, operations in schema()["paths"].items():
        for method, operation in operations.items():
            summary = operation.get("description") or operation.get("summary", "")
            given = [each["name"] for each in operation.get("parameters", [])]
            given = [f"`{name}`" for name in given if name not in ("id", "format")]
            codes = sorted(operation["responses"])
            rows.append(
                [
                    f"`{method.upper()} {path}`",
                    " ".join(summary.split()),
                    ", ".join(given),
                    ", ".join(codes),
                ]
            )
    return table(["Request", "What it does", "Parameters", "Answers"], rows)


def answers() -> str:
    """Every status with which the API answers, and which operations can."""
    every: list[str] = []
    who: dict[str, list[str]] = {}
    for path, operations in schema()["paths"].items():
        for method, operation in operations.items():
            every.append(f"`{method.upper()} {path}`")
            for code in operation["responses"]:
                who.setdefault(code, []).append(every[-1])

    def which(operations: list[str]) -> str:
        others = [each for each in every if each not in operations]
        if len(others) < len(operations) - 1:
            return "all" + (f" but {', '.join(others)}" if others else "")
        return ", ".join(operations)

    rows = (
        [code, HTTPStatus(int(code)).phrase, which(operations)]
        for code, operations in sorted(who.items())
    )
    return table(["Status", "Its name", "Of which requests"], rows)


def fields() -> str:
    """What a run and a step look like in an answer."""
    schemas = schema()["components"]["schemas"]
    parts = []
    for name in ("Run", "Step", "Problem"):
        properties = schemas[name]["properties"]
        rows = [
            [f"`{field}`", kind(about, schemas), about.get("description", "")]
            for field, about in properties.items()
        ]
        parts += [f"**{name}**", table(["Field", "Kind", "What it is"], rows)]
    return "\n\n".join(parts)


def kind(about: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Return in a word or two what values a field of the schema has."""
    whole = [about, *about.get("allOf", []), *about.get("oneOf", [])]
    for each in whole:
        if reference := each.get("$ref"):
            target = schemas[reference.rpartition("/")[2]]
            if "enum" in target:
                return ", ".join(f"`{value}`" for value in target["enum"])
            return "object"
    found = about.get("format") or about.get("type", "any")
    if isinstance(found, list):
        found = " or ".join(found)
    if found == "array":
        found = "list"
    return f"{found} or null" if about.get("nullable") else str(found)


def states() -> str:
    """The states that a run and its steps can have, and which are ends."""
    code = (
        "import json; from taskrunner.states import State, RUN_STATES, STEP_STATES;"
        "runs = dict(RUN_STATES); steps = dict(STEP_STATES);"
        "print(json.dumps([[s, s in runs, s in steps, s.finished] for s in State]))"
    )
    found = json.loads(printed("python", "-c", code, folder=API))
    rows = [
        [f"`{name}`", *("yes" if each else "" for each in rest)]
        for name, *rest in found
    ]
    return table(["State", "Of runs", "Of steps", "An end"], rows)


def commands() -> str:
    """What the commands say of themselves."""
    blocks = []
    for command in ("make", "sprout --help", "sprout tour --help"):
        text = f"$ {command}\n{printed(*command.split())}"
        blocks.append(f"```text\n{text}\n```")
    return "\n\n".join(blocks)


def companion() -> str:
    """The public classes and functions of `sprout`, from their docstrings."""
    return "\n\n".join(
        part for module, names in PUBLIC.items() for part in described(module, names)
    )


def described(module: str, names: Sequence[str]) -> Iterable[str]:
    """Yield the headings, signatures and docstrings of one module."""
    tree = ast.parse((ROOT / "sprout" / f"{module}.py").read_text(encoding="utf-8"))
    yield f"## sprout.{module}"
    yield prose(ast.get_docstring(tree) or "")
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef):
            continue
        if node.name not in names:
            continue
        yield f"### {node.name}"
        if isinstance(node, ast.FunctionDef):
            yield signature(node.name, node)
            yield prose(ast.get_docstring(node) or "")
            continue
        methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
        for method in methods:
            if method.name == "__init__":
                yield signature(node.name, method)
        yield prose(ast.get_docstring(node) or "")
        rows = [
            [f"`{call(method)}`", first_line(method)]
            for method in methods
            if not method.name.startswith("_")
        ]
        if rows:
            yield table(["Method", "What it does"], rows)


def signature(name: str, node: ast.FunctionDef) -> str:
    """Return how a function is called, as a block of code."""
    return f"```python\n{name}({arguments(node)})\n```"


def arguments(node: ast.FunctionDef) -> str:
    """Return a function's arguments, without `self`."""
    text = ast.unparse(node.args)
    return re.sub(r"^self(, )?(\*, )?", r"\2", text)


def call(method: ast.FunctionDef) -> str:
    """Return how a method or a property is written where it is used."""
    if any(ast.unparse(each).endswith("property") for each in method.decorator_list):
        return method.name
    names = [each.arg for each in method.args.args[1:] + method.args.kwonlyargs]
    return f"{method.name}({', '.join(names)})"


def first_line(node: ast.FunctionDef) -> str:
    """Return a docstring's first paragraph, in one line."""
    return " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())


def prose(docstring: str) -> str:
    """Return a docstring as Markdown: its examples and its arguments as blocks."""
    parts = []
    for paragraph in docstring.split("\n\n"):
        if paragraph.startswith(">>>"):
            parts.append(f"```pycon\n{paragraph}\n```")
        elif found := re.match(r"(Arguments|Returns|Raises):\n", paragraph):
            items = re.split(r"\n {4}(?=\S)", "\n" + paragraph[found.end() :].rstrip())
            lines = []
            for item in filter(str.strip, items):
                name, _, text = item.strip().partition(":")
                lines.append(f"- `{name}`: {' '.join(text.split())}")
            parts.append("\n".join(lines))
        elif paragraph.startswith("    "):
            parts.append(f"```text\n{paragraph}\n```")
        else:
            parts.append(paragraph)
    return "\n\n".join(parts)


def old_settings() -> str:
    """Celery's names of settings until version 4, and those of today."""
    code = (
        "import json; from celery.app.defaults import _TO_NEW_KEY as new;"
        "print(json.dumps(sorted(new.items())))"
    )
    rows = [
        [f"`{old}`", f"`{new}`", f"`CELERY_{new.upper()}`"]
        for old, new in json.loads(printed("python", "-c", code))
        if f"CELERY_{new.upper()}" != old and new.upper() != old
    ]
    return table(["Until Celery 4", "Today", "In Django's settings"], rows)


def reliability() -> str:
    """What was broken, and what became of it: the figures that `make faults` wrote."""
    path = ROOT / "docs" / "reliability.json"
    if not path.exists():
        raise SproutError("docs/reliability.json is missing: make faults")
    rows = json.loads(path.read_text(encoding="utf-8"))
    faults: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        faults.setdefault(row["fault"], []).append(row)
    sums = [sum(row[name] for row in rows) for name in ("accepted", *BAD)]
    return "\n\n".join(
        [
            "Of {} requests that were accepted, {} were lost, {} were stuck, and {} "
            "effects were there twice.".format(*sums),
            *(told(fault, found) for fault, found in faults.items()),
        ]
    )


BAD = ("lost", "stuck", "twice")
STACKS = {"redis": "Redis, SQLite", "rabbitmq": "RabbitMQ, PostgreSQL"}


def told(fault: str, rows: list[dict[str, Any]]) -> str:
    """Return one fault's promise, its figures, and the command that makes them."""

    def seconds(found: float | None) -> str:
        return "never" if found is None else f"{found:.1f} s"

    counts = ("accepted", "refused", *BAD)
    figures = table(
        ["On", "Accepted", "503", *map(str.capitalize, BAD), "Serves", "All over"],
        (
            [
                STACKS[row["stack"]],
                *(str(row[name]) for name in counts),
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
        f'```console\n$ .venv/bin/python -m tests.faults --only "{fault}"\n```',
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


def bench() -> str:
    """What `make bench` prints here, with the kind of machine and the day."""
    printed("make", "setup")  # what it may have to say is no figure
    figures = printed("make", "--silent", "bench")
    return f"```text\n$ make bench\n{figures}\n```\n\nMeasured on {measured_here()}."


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


def clone() -> str:
    """How to get the project: from where the site that is built says it is.

    REPOSITORY in the environment is that address; .github/workflows/pages.yml knows it.
    """
    address = os.environ.get("REPOSITORY", "")
    commands = f"$ git clone {address or 'ADDRESS'} sprout\n$ cd sprout"
    block = f"```console\n{commands}\n```"
    if address:
        return block
    return (
        "If you have built this site yourself, or found it in an archive, you have the "
        "project: its folder is what these pages call your clone. Else clone it, with "
        f"the address at which it is published for `ADDRESS`:\n\n{block}"
    )


MAKERS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "endpoints": endpoints,
    "answers": answers,
    "fields": fields,
    "states": states,
    "commands": commands,
    "companion": companion,
    "old-settings": old_settings,
}
MEASURED: dict[str, Callable[[], str]] = {"bench": bench}
LIVE: dict[str, Callable[[], str]] = {  # made when a page is built
    "clone": clone,
    "reliability": reliability,
    "load": load,
    "load-settings": load_settings,
    "slow": slow,
}


def main(names: Sequence[str]) -> None:
    """Write what is named, or all that is not measured."""
    FOLDER.mkdir(exist_ok=True)
    for name in names or MAKERS:
        text = (MAKERS | MEASURED)[name]() + "\n"
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
