"""The help texts and tables on the pages match the output of the programs."""

import json
import re

import pytest

from tools.faults.faults import FAULTS
from tools.site.generated import FOLDER, LIVE, MAKERS, MEASURED
from tools.site.pages import DOCS, blocks, pages


@pytest.mark.replay
@pytest.mark.parametrize("name", MAKERS)
def test_generated_text_is_up_to_date(name):
    shown = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert shown == MAKERS[name]() + "\n", (
        f"If the new text is correct, run `python -m tools.site.generated {name}`."
    )


def test_every_generated_file_is_on_a_page():
    shown = [block for path in pages() for block in blocks(path)]
    generated = {block.arguments[0] for block in shown if block.kind == "generated"}
    assert generated == {*MAKERS, *MEASURED, *LIVE}
    assert {path.stem for path in FOLDER.iterdir()} == {*MAKERS, *MEASURED}


def test_every_fault_was_recorded_on_every_stack():
    rows = json.loads((DOCS / "reliability.json").read_text(encoding="utf-8"))
    injected = [(row["fault"], row["stack"]) for row in rows]
    assert sorted(injected) == sorted(
        (f.name, kind) for f in FAULTS for kind in f.kinds
    )


def test_the_name_of_each_fault_selects_only_this_fault():
    """The page shows the names as patterns for `--only`."""
    for one in FAULTS:
        assert [f.name for f in FAULTS if re.search(one.name, f.name)] == [one.name]


def test_the_page_names_the_faults_of_the_suite():
    page = (DOCS / "reliability.md").read_text(encoding="utf-8")
    listed = re.search(r"following faults[\s\S]*?\n\n((?:- .*\n)+)", page)
    assert listed[1].splitlines() == [f"- {f.name}" for f in FAULTS if f.quick]


def test_every_screenshot_exists_in_both_palettes():
    shown = [block for path in pages() for block in blocks(path)]
    names = {
        block.arguments[0].rpartition("/")[2]
        for block in shown
        if block.kind == "screenshot"
    }
    there = {path.stem for path in (DOCS / "assets" / "screens").iterdir()}
    assert there == {
        f"{name}-{scheme}" for name in names for scheme in ("light", "dark")
    }
