"""lessons: each is run, by the replay of a page; its README names it."""

import subprocess

import pytest

from sprout.process import environment
from tests.support.application import PROJECT
from tools.site.transcripts.format import FOLDER

LESSONS = PROJECT / "lessons"
NAMES = sorted(path.stem for path in LESSONS.glob("[!_]*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_runs_it_and_the_readme_names_it(name):
    # tests/docs/test_transcripts.py types what the page shows, and compares.
    page = (FOLDER / "api-lessons.console").read_text(encoding="utf-8")
    assert f"$ python -m lessons {name}\n" in page
    readme = (LESSONS / "README.md").read_text(encoding="utf-8")
    assert f"python -m lessons {name}`" in readme


@pytest.mark.stack
@pytest.mark.parametrize("wrong", [[], ["taks"], ["outcome", "eager"], ["__main__"]])
def test_which_lessons_there_are(wrong):
    done = subprocess.run(
        ["python", "-m", "lessons", *wrong],
        cwd=PROJECT,
        env=environment({}),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    question, names = done.stderr.removesuffix("\n").split("? python -m lessons ")
    assert question == "Which lesson"
    assert sorted(names.split(" | ")) == NAMES
