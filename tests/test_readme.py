"""What README.md shows is what one gets."""

import re
import subprocess

import pytest

from sprout.days import DAYS
from sprout.process import environment
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ["README.md", "CONTRIBUTING.md", *(f"{day.name}/README.md" for day in DAYS)]


def blocks(language):
    """Return the fenced blocks of README.md in that language, as lists of lines."""
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return [block.splitlines() for block in found]


def steady(line):
    """Mask what differs from run to run: seconds, and how long the bars are."""
    return re.sub(r" *\d\.\d s", " N s", re.sub(r" *[█·]+", " █", line))


def test_the_tour_prints_what_is_shown():
    tour, table = blocks("text")[:2]
    done = subprocess.run(
        ["sprout", "tour", "day0"],
        capture_output=True,
        text=True,
        env=environment({"COLUMNS": "80"}),
        cwd=ROOT,
        timeout=60,
    )
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    assert [steady(line) for line in printed[: len(tour)]] == list(map(steady, tour))
    # The table shows all the days: each row is what summary() makes of that day.
    assert table[0].split() == ["day", "idea", "tasks", "seconds", "result"]
    for day, row in zip(DAYS, table[1:], strict=True):
        pattern = rf"{day.name}  {re.escape(day.idea)} +{day.tasks} +\d+\.\d  ✓"
        assert re.fullmatch(pattern, row)
    shown = next(line for line in printed if re.fullmatch(r"day0 .* ✓", line))
    assert shown.split()[:-2] == table[1].split()[:-2]


def test_the_client_by_hand_prints_what_is_shown():
    client = next(b for b in blocks("console") if "$ python client.py" in b)
    assert tuple(client[3:]) == DAYS[0].results


def test_the_map_has_the_ideas_of_the_days():
    for day in DAYS:
        assert f"| [{day.name}]({day.name}) | {day.idea} |" in README


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_links_to_is_there(page):
    folder = (ROOT / page).parent
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        assert (folder / path).exists(), target
        if anchor:
            headings = re.findall(
                r"^#+ (.+)$", (folder / path).read_text(), re.MULTILINE
            )
            anchors = {heading.lower().replace(" ", "-") for heading in headings}
            assert anchor in anchors


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_a_days_readme_is_three_lines_with_its_two_commands(day):
    text = (day.folder / "README.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line]
    assert len(lines) == 3
    assert lines[0] == f"# Day {day.name[3:]}: {day.idea}"
    assert "`celery -A taskrunner worker -l info`" in lines[1]
    assert "`python client.py`" in lines[1]


def test_the_targets_that_are_named_are_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"`make (\w+)`|\$ make (\w+)", text):
            assert re.search(rf"^{''.join(target)}:", makefile, re.MULTILINE), target
