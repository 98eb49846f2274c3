"""The tables of measurements for the pages."""

import json

import pytest

from sprout import SproutError
from tools.site.generated import LIVE


def test_faults_become_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.site.measured.ROOT", tmp_path)
    with pytest.raises(SproutError, match="make faults"):
        LIVE["reliability"]()
    counts = dict.fromkeys(["refused", "unanswered", "failed", "lost", "stuck"], 0)
    counts |= {"asked": 50, "accepted": 50, "succeeded": 50, "twice": 0, "again": 0}
    row = {"fault": "a", "promise": "b", "saw": " c", **counts}
    (tmp_path / "docs").mkdir()
    odd = {"refused": 4, "unanswered": 1, "accepted": 45, "succeeded": 43}
    odd |= {"failed": 1, "lost": 1, "dropped": 3, "again": 2}
    odd |= {"serves": None, "settled": 20.04}
    rows = [
        {**row, "stack": "redis", "serves": 1.5, "settled": 0},
        {**row, "stack": "rabbitmq", **odd},
    ]
    (tmp_path / "docs" / "reliability.json").write_text(json.dumps(rows))
    first, *shown = [line for line in LIVE["reliability"]().splitlines() if line]
    assert "95 accepted requests, 1 failed, 3 were dropped, 1 were lost" in first
    assert shown == [
        "### A",
        "B.",
        "| Stack | Requests | Succeeded | Other outcomes | Recovery | Drain |",
        f"|{' --- |' * 6}",
        "| Redis, SQLite | 50 | 50 | none | 1.5 s | 0.0 s |",
        "| RabbitMQ, PostgreSQL | 50 | 43 "
        "| 4x 503, 1x no answer, 1x failed, 3x dropped, 1x lost, 2x restarted "
        "| never | 20.0 s |",
        "Observed: `c`",
        "```console",
        '$ .venv/bin/python -m tools.faults --only "a"',
        "```",
    ]


def test_load_measurements_become_tables(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.site.measured.ROOT", tmp_path)
    for name in ("load", "load-settings", "slow"):
        with pytest.raises(SproutError, match="make load"):
            LIVE[name]()
    times = {"p50": 1.5, "p99": 20.0}
    burst = {
        "setting": "default",
        "runs": 100,
        "POST, ms": times,
        "requests per second": 50.0,
        "finished per second": 20.5,
        "processors": 2,
        "processor, ms a run": {"web": 9.0, "worker": 14.4, "beat": 0.0},
    }
    steady = {"runs a second": 10.0, "seconds": 600.0, "refused": 0}
    site = {
        "burst": burst,
        "steady": {**steady, "POST, ms": times, "GET, ms": times},
        "longest queue": 70,
        "memory, MB": {"web": {"growth": 1.2}, "beat": {"growth": 0.0}},
    }
    client = {"clients": 200, "slow": "bodies", "web": "behind nginx"}
    client |= {"asked": 10, "answered": 9, "longest, s": 0.25}
    parts = {
        "application": site,
        "original": site,
        "settings": {"no wait": [burst], "0.1 s": [burst]},
        "slow": [client],
    }
    whole = {name: {"measured": "a day", "found": it} for name, it in parts.items()}
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "load.json").write_text(json.dumps(whole))
    text = LIVE["load"]()
    assert "| finished runs per second in the burst | 20.5 | 20.5 |" in text
    assert "per run, ms | web 9, worker 14.4 | web 9, worker 14.4 |" in text
    assert "| runs in the burst | 100 | 100 |" in text
    assert "| steady load | 10 runs per second for 600 s |" in text
    assert "| POST in the steady load | median 1.5 ms, 99 % within 20 ms |" in text
    assert "| memory growth, MB | web 1.2 | web 1.2 |" in text
    assert text.endswith("Measured by `make load` on a day.")
    assert LIVE["load-settings"]().count("| default | 20.5 | 50 | 23 |") == 2
    assert "23 ms of processor time: 14 in the worker" in LIVE["load-settings"]()
    assert "at most 85 runs per second" in LIVE["load-settings"]()
    row = "| 200 clients with endless bodies | behind nginx | 9 of 10 |"
    assert f"{row} timed out after 0.25 s |" in LIVE["slow"]()
