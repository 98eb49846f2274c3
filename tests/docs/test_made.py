"""What the pages say of programs is what the programs say."""

import json

import pytest

from sprout.made import FOLDER, LIVE, MAKERS, MEASURED
from sprout.pages import DOCS, blocks, pages


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


def test_what_was_broken_becomes_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr("sprout.made.ROOT", tmp_path)
    assert "has not been run" in LIVE["reliability"]()
    counts = dict.fromkeys(["refused", "lost", "stuck", "twice"], 0)
    row = {"fault": "a", "promise": "b", "saw": " c", "accepted": 46, **counts}
    (tmp_path / "docs").mkdir()
    rows = [
        {**row, "stack": "redis", "serves": 1.5, "settled": 0},
        {**row, "stack": "rabbitmq", "lost": 1, "serves": None, "settled": 20.04},
    ]
    (tmp_path / "docs" / "reliability.json").write_text(json.dumps(rows))
    first, *shown = [line for line in LIVE["reliability"]().splitlines() if line]
    assert "92 requests that were accepted, 1 were lost, 0 were stuck" in first
    assert shown == [
        "### A",
        "B.",
        "| On | Accepted | 503 | Lost | Stuck | Twice | Serves | All over |",
        f"|{' --- |' * 8}",
        "| Redis, SQLite | 46 | 0 | 0 | 0 | 0 | 1.5 s | 0.0 s |",
        "| RabbitMQ, PostgreSQL | 46 | 0 | 1 | 0 | 0 | never | 20.0 s |",
        "Seen: `c`",
        "```console",
        '$ .venv/bin/python -m tests.faults --only "a"',
        "```",
    ]
