"""All recipes have a README, and a page that shows the code and a recorded run.

Replaying each transcript verifies that the code prints the recorded output.
"""

import ast
import re

import pytest

from sprout.days import DAYS, ROOT
from tools.site.listings import pieces
from tools.site.pages import DOCS, blocks
from tools.site.transcripts.format import FOLDER

RECIPES = sorted(path.parent.name for path in (ROOT / "recipes").glob("*/README.md"))
# test_start.py checks the projects of the start pages, because a framework generates
# most of the code in these projects.
STARTS = [name for name in RECIPES if name.startswith("start_")]
OTHERS = [name for name in RECIPES if name not in STARTS]
MOST_LINES = 80


def sources(name):
    """Return a recipe's Python files, without Django's migrations."""
    files = sorted((ROOT / "recipes" / name).rglob("*.py"))
    return [path for path in files if "migrations" not in path.parts]


def is_test(path):
    return path.name.startswith("test") or path.name == "conftest.py"


def shown(name):
    """Return the elements of a recipe's page."""
    return blocks(DOCS / "recipes" / f"{name}.md")


def test_every_folder_is_a_recipe():
    tracked = {
        path.name for path in (ROOT / "recipes").iterdir() if any(path.iterdir())
    }
    # test_which_queue.py checks the programs for other task queue libraries, which
    # need their own environments.
    assert tracked == {*RECIPES, "which_queue"}


@pytest.mark.parametrize("name", RECIPES)
def test_the_readme_has_the_title_the_commands_and_a_link_to_the_page(name):
    text = (ROOT / "recipes" / name / "README.md").read_text(encoding="utf-8")
    title, commands, page = [line for line in text.splitlines() if line]
    source = (DOCS / "recipes" / f"{name}.md").read_text("utf-8")
    assert title == source.splitlines()[0]
    assert "`" in commands
    assert f"](../../docs/recipes/{name}.md)" in page


@pytest.mark.parametrize("name", RECIPES)
def test_the_page_is_in_the_menu_and_in_the_index(name):
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert f" recipes/{name}.md\n" in menu
    index = (DOCS / "recipes" / "index.md").read_text(encoding="utf-8")
    assert len(re.findall(rf"^\| \[.+\]\({name}\.md\) \|", index, re.MULTILINE)) == 1


@pytest.mark.parametrize("name", RECIPES)
def test_the_page_shows_its_own_recorded_run_and_ends_with_production(name):
    transcript = f"recipe-{name}"
    assert (FOLDER / f"{transcript}.console").exists()
    consoles = [block for block in shown(name) if block.kind == "console"]
    assert {block.arguments[0] for block in consoles} == {transcript}
    text = (DOCS / "recipes" / f"{name}.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[-1] == "In production"


@pytest.mark.parametrize("name", OTHERS)
def test_the_code_is_short(name):
    lines = [
        line
        for path in sources(name)
        if not is_test(path)
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    assert len(lines) <= MOST_LINES


@pytest.mark.parametrize("name", OTHERS)
def test_the_page_shows_all_of_the_code(name):
    listed = {}
    for block in shown(name):
        if block.kind == "listing":
            file, *names = block.arguments
            listed.setdefault(file, set()).update(names or [""])
    missing = []
    for path in sources(name):
        file = path.relative_to(ROOT).as_posix()
        names = {piece.partition(".")[0] for piece in pieces(path)}
        there = listed.get(file, set())
        # A page can omit the imports of a test.
        unlisted = names - there - ({"imports"} if is_test(path) else set())
        missing += [f"{file} {piece}" for piece in unlisted if "" not in there]
    assert missing == []


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_does_not_import_the_rest_of_the_repository(name):
    forbidden = {"sprout", "tools", "tests", "recipes", "taskrunner"}
    forbidden |= {day.name for day in DAYS}
    for path in sources(name):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            else:
                continue
            assert not {module.partition(".")[0] for module in modules} & forbidden
