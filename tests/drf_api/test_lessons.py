"""lessons: each is run, by the replay of a page; its README names it."""

import pytest

from sprout.site.transcripts import FOLDER
from tests.drf_api.stack import PROJECT

LESSONS = PROJECT / "lessons"
NAMES = sorted(path.stem for path in LESSONS.glob("[!_]*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_runs_it_and_the_readme_names_it(name):
    # tests/docs/test_transcripts.py types what the page shows, and compares.
    page = (FOLDER / "api-lessons.console").read_text(encoding="utf-8")
    assert f"$ python -m lessons {name}\n" in page
    readme = (LESSONS / "README.md").read_text(encoding="utf-8")
    assert f"python -m lessons {name}`" in readme
