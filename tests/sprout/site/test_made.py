"""What is made for the pages from programs and measurements."""

import json

from sprout.site.made import LIVE, clone


def test_what_was_broken_becomes_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr("sprout.site.made.ROOT", tmp_path)
    assert "has not been run" in LIVE["reliability"]()
    counts = dict.fromkeys(["lost", "stuck", "twice"], 0)
    row = {"fault": "a", "promise": "b", "stack": "redis", "accepted": 46, **counts}
    (tmp_path / "docs").mkdir()
    other = {**row, "stack": "rabbitmq", "lost": 1, "serves": None}
    rows = json.dumps([{**row, "serves": 1.5}, other])
    (tmp_path / "docs" / "reliability.json").write_text(rows)
    assert LIVE["reliability"]().splitlines()[2:] == [
        "| **a**: b | 92 | 1, 0, 0 | 1.5 s (redis), never (rabbitmq) |"
    ]


def test_the_address_of_the_repository_is_shown_where_it_is_known(monkeypatch):
    monkeypatch.delenv("REPOSITORY", raising=False)
    assert "git clone ADDRESS sprout" in clone()
    monkeypatch.setenv("REPOSITORY", "https://example.org/sprout")
    assert clone() == (
        "```console\n$ git clone https://example.org/sprout sprout\n$ cd sprout\n```"
    )
