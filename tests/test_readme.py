"""README.md, CONTRIBUTING.md and the days' READMEs agree with the repository."""

import re
from pathlib import Path

import pytest

from sprout.days import DAYS, ROOT
from tests.support.readme import README, blocks

PAGES = ["README.md", "CONTRIBUTING.md", *(f"{day.name}/README.md" for day in DAYS)]


def test_the_readme_shows_the_output_of_day_0():
    client = next(b for b in blocks("console") if "$ python client.py" in b)
    assert tuple(client[3:]) == DAYS[0].results


def test_the_map_contains_the_ideas_of_the_days():
    for day in DAYS:
        assert f"| [{day.name}]({day.name}) | {day.idea} |" in README


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_existing_files(page):
    folder = (ROOT / page).parent
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        path = path or Path(page).name
        assert (folder / path).exists(), target
        if anchor:
            headings = re.findall(
                r"^#+ (.+)$", (folder / path).read_text(), re.MULTILINE
            )
            anchors = {heading.lower().replace(" ", "-") for heading in headings}
            assert anchor in anchors


def test_named_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"`make (\w+)`|\$ make (\w+)", text):
            assert re.search(rf"^{''.join(target)}:", makefile, re.MULTILINE), target
