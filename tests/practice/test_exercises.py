"""Check every exercise with unsolved, empty, wrong, right and nearly right answers.

`python -m tools.practice mutants` judges all mutants. These tests judge only a sample.
"""

import ast
import re

import pytest

from sprout.days import ROOT
from sprout.practice.exercises import FOLDER, all_exercises, find, is_unchanged
from sprout.practice.judge import Judge
from sprout.practice.verdict import Kind
from tools.practice.mutants import mutants

SAMPLE = 1  # mutants per exercise
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EXERCISES = all_exercises()
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)


def message_of(path):
    """Return a wrong answer's docstring, which is the expected message."""
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    return " ".join(docstring.split())


def slug(heading):
    """Return a heading's explicit anchor, or the anchor that Markdown generates."""
    own = re.search(r"\{ #([\w-]+) \}", heading)
    text = re.sub(r"[^\w\s-]", "", heading).strip().lower()
    return own[1] if own else re.sub(r"[-\s]+", "-", text)


def test_the_list_names_every_exercise_once():
    names = [exercise.name for exercise in EXERCISES]
    found = [path.parent for path in FOLDER.rglob("check.py")]
    assert sorted(names) == sorted(str(path.relative_to(FOLDER)) for path in found)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_notebook_names_an_exercise_of_its_day(path):
    (name,) = re.findall(r'check\(\\"(\S+)\\"\)', path.read_text("utf-8"))
    assert find(name).day == {"drf_api": "django"}.get(path.stem, path.stem)


@each_exercise
def test_an_exercise_is_complete(exercise):
    assert 5 <= exercise.minutes <= 15
    assert exercise.title
    assert len(exercise.hints) == 3
    assert all(exercise.hints)
    assert len(exercise.wrong) >= 3
    messages = [message_of(path) for path in exercise.wrong]
    assert len(set(messages)) == len(messages)
    assert mutants(exercise)


@each_exercise
def test_the_second_hint_names_a_section_that_exists(exercise):
    pattern = r'"(.+)".*: (docs/\S+\.md)#([\w-]+)$'
    title, file, anchor = re.search(pattern, exercise.hints[1]).groups()
    lines = (ROOT / file).read_text("utf-8").splitlines()
    headings = [line.lstrip("# ") for line in lines if line.startswith("#")]
    named = {slug(heading): heading.partition(" {")[0] for heading in headings}
    assert anchor in named
    # For a recipe, hints use the title in the menu.
    assert title == named[anchor] or file.startswith("docs/recipes/")


@each_exercise
def test_an_unchanged_exercise_is_not_attempted(exercise):
    assert is_unchanged(exercise, exercise.unsolved)
    assert is_unchanged(exercise, exercise.unsolved + "\n# a note\n")
    assert not is_unchanged(exercise, exercise.solution)
    assert not is_unchanged(exercise, "")
    assert not is_unchanged(exercise, "app = (")


@pytest.fixture(scope="module")
def judge(redis):
    with Judge(redis) as judge:
        yield judge


@pytest.mark.stack
@each_exercise
def test_the_check_accepts_the_solution_and_rejects_wrong_answers(exercise, judge):
    def kind_and_message(text):
        verdict = judge.run(exercise, text)
        about = (verdict.expected, verdict.seen, verdict.printed, verdict.log[-1500:])
        return (verdict.kind, verdict.message), about

    tree = ast.parse(exercise.unsolved)
    imports = [
        node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    only_imports = ast.unparse(ast.Module(imports, []))
    for text in (exercise.unsolved, "", only_imports, *mutants(exercise)[:SAMPLE]):
        (kind, _), about = kind_and_message(text)
        assert kind is Kind.WRONG, (text, about)

    seen, about = kind_and_message(exercise.solution)
    assert seen == (Kind.RIGHT, ""), about

    for path in exercise.wrong:
        seen, about = kind_and_message(path.read_text("utf-8"))
        assert seen == (Kind.WRONG, message_of(path)), (path.name, about)
