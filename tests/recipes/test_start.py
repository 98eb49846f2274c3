"""A start project has at most 60 lines, excluding tests and generated code."""

import difflib
import subprocess

import pytest

from sprout.days import ROOT
from sprout.process import environment
from tools.site.pages import DOCS, blocks

MOST_LINES = 60


@pytest.mark.parametrize("name", ["start_flask", "start_fastapi"])
def test_the_page_shows_the_whole_project_and_its_length(name):
    project = ROOT / "recipes" / name
    page = (DOCS / "recipes" / f"{name}.md").read_text("utf-8")
    listed = {
        block.arguments[0]
        for block in blocks(DOCS / "recipes" / f"{name}.md")
        if block.kind == "listing"
    }
    lengths = {}
    for path in project.rglob("*.py"):
        file = path.relative_to(project).as_posix()
        if code := path.read_text("utf-8"):
            assert f"recipes/{name}/{file}" in listed
            lengths[file] = sum(1 for line in code.splitlines() if line.strip())
    test = lengths.pop("test_shop.py")
    assert sum(lengths.values()) <= MOST_LINES
    assert (
        f"You write {sum(lengths.values())} lines of code and {test} lines of tests."
        in page
    )


def run(*command, cwd):
    subprocess.run(command, cwd=cwd, env=environment(), check=True)


def added(old, new):
    """Return the lines of `new` that are not in `old`, except blank lines."""
    lines = difflib.ndiff(old.splitlines(), new.splitlines())
    return [line[2:] for line in lines if line.startswith("+ ") and line[2:].strip()]


@pytest.mark.command
def test_the_django_project_is_djangos_output_plus_60_lines(tmp_path):
    run("django-admin", "startproject", "shop", ".", cwd=tmp_path)
    run("python", "manage.py", "startapp", "orders", cwd=tmp_path)
    run("ruff", "format", "--quiet", ".", cwd=tmp_path)
    project = ROOT / "recipes" / "start_django"
    listed = {
        block.arguments[0]
        for block in blocks(DOCS / "recipes" / "start_django.md")
        if block.kind == "listing"
    }
    ours = {}
    for path in sorted(project.rglob("*.py")):
        file = path.relative_to(project)
        if "migrations" in file.parts:
            continue
        generated = tmp_path / file
        old = generated.read_text("utf-8") if generated.exists() else ""
        lines = [
            line
            for line in added(old, path.read_text("utf-8"))
            if not line.startswith("SECRET_KEY")
        ]
        if lines:
            ours[file.as_posix()] = len(lines)
            assert f"recipes/start_django/{file.as_posix()}" in listed
    test = ours.pop("orders/tests.py")
    assert sum(ours.values()) <= MOST_LINES
    page = (DOCS / "recipes" / "start_django.md").read_text("utf-8")
    assert (
        f"You write {sum(ours.values())} lines of code and {test} lines of tests."
        in page
    )
