"""What the pages say of programs is what the programs say."""

import pytest

from sprout.site.made import FOLDER, LIVE, MAKERS, MEASURED
from sprout.site.pages import DOCS, blocks, pages


@pytest.mark.parametrize("name", MAKERS)
def test_what_a_program_says_of_itself_is_what_the_page_shows(name):
    shown = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert shown == MAKERS[name]() + "\n", (
        f"If this is right: make transcripts ({name})"
    )


def test_nothing_made_is_left_that_no_page_shows():
    shown = [block for path in pages() for block in blocks(path)]
    made = {block.arguments[0] for block in shown if block.kind == "made"}
    assert made == {*MAKERS, *MEASURED, *LIVE}
    assert {path.stem for path in FOLDER.iterdir()} == {*MAKERS, *MEASURED}


def test_every_picture_of_a_page_is_shown_in_both_palettes():
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
