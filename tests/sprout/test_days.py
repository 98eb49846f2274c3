"""The companion's data about the days."""

import ast
import re

import pytest

from sprout import SproutError
from sprout.days import DAYS, ROOT, Day, find

EVERY = pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)


def modules(day):
    return [p for p in sorted(day.folder.rglob("*.py")) if "__pycache__" not in p.parts]


def test_every_day_folder_is_listed():
    folders = sorted(path.name for path in ROOT.glob("day*") if path.is_dir())
    assert [day.name for day in DAYS] == folders


@EVERY
def test_a_day_has_worker_client_and_short_readme(day):
    assert (day.folder / "client.py").is_file()
    assert (day.folder / "taskrunner").is_dir() or (
        day.folder / "taskrunner.py"
    ).is_file()
    title, *lines = (day.folder / "README.md").read_text(encoding="utf-8").splitlines()
    assert title == f"# Day {day.name[3:]}: {day.idea}"
    assert 10 < len(day.idea) < 60
    assert len([line for line in lines if line]) == 2
    assert "`celery -A taskrunner worker -l info`" in lines[1]
    assert "`python client.py`" in lines[1]


def test_no_two_days_have_the_same_idea():
    assert len({day.idea for day in DAYS}) == len(DAYS)


@EVERY
def test_a_day_imports_neither_days_nor_the_companion(day):
    imported = set()
    for path in modules(day):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path} has a relative import"
                imported.add(node.module)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.search(r"\.\./day|sprout", node.value), path
    tops = {name.partition(".")[0] for name in imported}
    assert "celery" in tops
    assert not {top for top in tops if top == "sprout" or re.match(r"day\d", top)}


def test_a_day_is_found_by_its_name():
    assert find("day4").folder == ROOT / "day4"


@pytest.mark.parametrize("name", ["day8", "Day4", "", "4", "../day4", "drf_api"])
def test_an_unknown_day_prints_the_known_days(name):
    with pytest.raises(SproutError) as caught:
        find(name)
    assert str(caught.value).startswith(f"There is no {name}. The days are day0, day1,")
    assert "\n" not in str(caught.value)


LESSON = Day("day0", "Two tasks.", tasks=2, results=("a = 1", "b = 2", "c = 3"))


@pytest.mark.parametrize(
    ("printed", "missing"),
    [
        (["a = 1", "b = 2", "c = 3"], []),
        (["hello", "  a = 1", "b = 2  ", "x", "c = 3", "bye"], []),
        ([], ["a = 1", "b = 2", "c = 3"]),
        (["a = 1", "b = 22", "c = 3"], ["b = 2"]),
        (["a = 1", "c = 3"], ["b = 2"]),
        (["b = 2", "a = 1", "c = 3"], ["b = 2"]),
        (["c = 3", "b = 2", "a = 1"], ["b = 2", "c = 3"]),
        (["xa = 1", "b = 2", "c = 3"], ["a = 1"]),
    ],
)
def test_missing_and_misplaced_results_are_returned(printed, missing):
    assert LESSON.missing(printed) == missing
