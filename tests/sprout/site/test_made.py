"""What is made for the pages from programs and measurements."""

import json

from sprout.site.made import LIVE


def test_what_was_broken_becomes_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr("sprout.site.made.ROOT", tmp_path)
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
