"""Generate Markdown for the pages from the programs.

`python -m tools.site.generated` writes all files in docs/generated except the
measurements. The tests compare the files with a new run.
`python -m tools.site.generated bench` repeats a measurement.
"""

import ast
import functools
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sprout.days import ROOT
from sprout.practice.exercises import Exercise, all_exercises
from sprout.process import environment
from tools.site.measured import (
    load,
    load_settings,
    measured_here,
    queues,
    reliability,
    slow,
    table,
)
from tools.site.run_here.exercises import offered
from tools.site.run_here.measure import measure as run_here

FOLDER = ROOT / "docs" / "generated"
API = ROOT / "drf_api"
# The public names of each module, which the reference page describes.
PUBLIC = {
    "broker": ["Broker", "free_port"],
    "worker": ["Worker"],
    "recorder": ["Recorder"],
    "spans": ["Span", "Try"],
    "timeline": ["text", "svg", "bars"],
    "notebook": ["start", "start_application", "Lesson"],
    "show": ["Picture", "code"],
    "graph": ["svg"],
}


def printed(*command: str, folder: Path = ROOT) -> str:
    """Return the output of a command. Raise CalledProcessError if the command fails."""
    # By default, a make inside another make prints its folder.
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
    """Return a table of the application's environment variables, from env.py."""
    code = "import json; from taskrunner import env; print(json.dumps(env.rows()))"
    rows = [
        [f"`{name}`", default and f"`{default}`", allowed, about]
        for name, default, allowed, about in json.loads(
            printed("python", "-c", code, folder=API)
        )
    ]
    return table(["Variable", "Default", "Allowed values", "Description"], rows)


def in_readme(name: str, text: str) -> str:
    """Return drf_api/README.md with the generated text between two comments."""
    readme = (API / "README.md").read_text(encoding="utf-8")
    pattern = rf"(<!-- generated {name} -->\n).*?(<!-- end of {name} -->)"
    return re.sub(
        pattern,
        lambda found: f"{found[1]}\n{text}\n\n{found[2]}",
        readme,
        flags=re.DOTALL,
    )


@functools.cache
def schema() -> dict[str, Any]:
    """Return the OpenAPI schema of the API, as at /api/schema/."""
    command = ["python", "manage.py", "spectacular", "--format", "openapi-json"]
    found: dict[str, Any] = json.loads(printed(*command, folder=API))
    return found


def endpoints() -> str:
    """Return a table of the API's operations, with parameters and statuses."""
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
    return table(["Request", "Description", "Parameters", "Responses"], rows)


def answers() -> str:
    """Return a table of status codes, with the operations that can return each one."""
    every: list[str] = []
    who: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for path, operations in schema()["paths"].items():
        for method, operation in operations.items():
            every.append(f"`{method.upper()} {path}`")
            for code, response in operation["responses"].items():
                who.setdefault(code, []).append(every[-1])
                # The schema describes a success by its body, and an error by its name.
                success = code.startswith("2")
                names[code] = (
                    HTTPStatus(int(code)).phrase if success else response["description"]
                )

    def which(operations: list[str]) -> str:
        others = [each for each in every if each not in operations]
        if len(others) < len(operations) - 1:
            return "all" + (f" except {', '.join(others)}" if others else "")
        return ", ".join(operations)

    rows = (
        [code, names[code], which(operations)]
        for code, operations in sorted(who.items())
    )
    return table(["Status", "Name", "Requests"], rows)


def fields() -> str:
    """Return tables of the fields of a run, a step and a problem."""
    schemas = schema()["components"]["schemas"]
    parts = []
    for name in ("Run", "Step", "Problem"):
        properties = schemas[name]["properties"]
        rows = [
            [f"`{field}`", kind(about, schemas), about.get("description", "")]
            for field, about in properties.items()
        ]
        parts += [f"**{name}**", table(["Field", "Type", "Description"], rows)]
    return "\n\n".join(parts)


def kind(about: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Return a short description of the values of a schema field."""
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
    """Return a table of the states of runs and steps, with the final states marked."""
    code = (
        "import json; from workflows.states import State, RUN_STATES, STEP_STATES;"
        "runs = dict(RUN_STATES); steps = dict(STEP_STATES);"
        "print(json.dumps([[s, s in runs, s in steps, s.finished] for s in State]))"
    )
    found = json.loads(printed("python", "-c", code, folder=API))
    rows = [
        [f"`{name}`", *("yes" if each else "" for each in rest)]
        for name, *rest in found
    ]
    return table(["State", "Runs", "Steps", "Final"], rows)


def commands() -> str:
    """Return the help texts of the commands."""
    blocks = []
    for command in (
        "make",
        "sprout --help",
        "sprout tour --help",
        "sprout doctor --help",
        "sprout practice --help",
    ):
        text = f"$ {command}\n{printed(*command.split())}"
        blocks.append(f"```text\n{text}\n```")
    return "\n\n".join(blocks)


def named(exercise: Exercise) -> str:
    """Return an exercise's name, as a link if the page can open the exercise."""
    name = f"`{exercise.name}`"
    if exercise not in offered():
        return name
    return f'[{name}](#solve){{ data-exercise="{exercise.name}" }}'


def exercises() -> str:
    """Return a table of the exercises for each day, with duration and kind."""
    parts = []
    for day, group in itertools.groupby(all_exercises(), lambda each: each.day):
        rows = [
            [
                named(exercise),
                exercise.title,
                "repair" if exercise.is_diagnosis else "write",
                f"{exercise.minutes} minutes",
            ]
            for exercise in group
        ]
        title = day.capitalize().replace("y", "y ") if day != "django" else "Django"
        parts.append(f"## {title} {{ #{day} }}")
        parts.append(table(["Exercise", "Task", "Kind", "Time"], rows))
    return "\n\n".join(parts)


def companion() -> str:
    """Return the public classes and functions of `sprout`, from their docstrings."""
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
            yield table(["Method", "Description"], rows)


def signature(name: str, node: ast.FunctionDef) -> str:
    """Return the call of a function as a code block."""
    return f"```python\n{name}({arguments(node)})\n```"


def arguments(node: ast.FunctionDef) -> str:
    """Return the arguments of a function, without `self`."""
    text = ast.unparse(node.args)
    return re.sub(r"^self(, )?(\*, )?", r"\2", text)


def call(method: ast.FunctionDef) -> str:
    """Return a method with its argument names, or the name of a property."""
    if any(ast.unparse(each).endswith("property") for each in method.decorator_list):
        return method.name
    names = [each.arg for each in method.args.args[1:] + method.args.kwonlyargs]
    return f"{method.name}({', '.join(names)})"


def first_line(node: ast.FunctionDef) -> str:
    """Return the first paragraph of a docstring in one line."""
    return " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())


def prose(docstring: str) -> str:
    """Return a docstring as Markdown, with its examples and arguments as blocks."""
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
    """Return the setting names used before Celery 4, with their current names."""
    code = (
        "import json; from celery.app.defaults import _TO_NEW_KEY as new;"
        "print(json.dumps(sorted(new.items())))"
    )
    rows = [
        [f"`{old}`", f"`{new}`", f"`CELERY_{new.upper()}`"]
        for old, new in json.loads(printed("python", "-c", code))
        if f"CELERY_{new.upper()}" != old and new.upper() != old
    ]
    return table(["Old name", "Current name", "Name in Django's settings"], rows)


def bench() -> str:
    """Return the output of `make bench` with the date and the machine."""
    printed("make", "setup")  # Leave out the messages of the set-up.
    figures = printed("make", "--silent", "bench")
    return f"```text\n$ make bench\n{figures}\n```\n\nMeasured on {measured_here()}."


def scale() -> str:
    """Return the times with a million runs, on both databases."""
    command = ["python", "-m", "tools.bench", "scale", "--runs", "1000000"]
    blocks = []
    for more in ([], ["--postgresql"]):
        printed_here = printed(*command, *more)
        blocks.append(f"$ {' '.join(command + more)}\n{printed_here}")
    figures = "\n".join(blocks)
    return f"```text\n{figures}\n```\n\nMeasured on {measured_here()}."


def clone() -> str:
    """Return the clone instructions, with the address in REPOSITORY.

    .github/workflows/pages.yml sets this environment variable.
    """
    address = os.environ.get("REPOSITORY", "")
    if address:
        return f"```console\n$ git clone {address} sprout\n$ cd sprout\n```"
    return (
        "This site was built without the address of a Git repository. Use the folder "
        "from which the site was built. These pages call this folder your clone. If "
        "you have only these pages, ask the person who published them for the folder "
        "or for the address of the Git repository."
    )


MAKERS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "endpoints": endpoints,
    "answers": answers,
    "fields": fields,
    "states": states,
    "commands": commands,
    "companion": companion,
    "exercises": exercises,
    "old-settings": old_settings,
}
MEASURED: dict[str, Callable[[], str]] = {
    "bench": bench,
    "run-here": run_here,
    "scale": scale,
}
LIVE: dict[str, Callable[[], str]] = {  # generated during the build of a page
    "clone": clone,
    "reliability": reliability,
    "load": load,
    "load-settings": load_settings,
    "slow": slow,
    "queues": queues,
}


def main(names: Sequence[str]) -> None:
    """Write the named parts, or all parts except the measurements."""
    FOLDER.mkdir(exist_ok=True)
    for name in names or MAKERS:
        text = (MAKERS | MEASURED)[name]() + "\n"
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
        if name == "settings":
            readme = in_readme(name, text.rstrip())
            (API / "README.md").write_text(readme, encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
