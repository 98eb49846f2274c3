"""The programs of the page about task queues compile. The recorded result is current.

In the weekly workflow, `python -m tools.which_queue --write` runs the programs.
"""

import json
import re

import pytest

from tools.site.generated import LIVE
from tools.site.pages import DOCS, blocks
from tools.which_queue import LOCKS, PROGRAMS, QUEUES, RESULT, versions

PAGE = DOCS / "recipes" / "which-queue.md"
ROWS = json.loads(RESULT.read_text(encoding="utf-8"))["rows"]
MOST_LINES = 60


@pytest.mark.parametrize("path", sorted(PROGRAMS.glob("*.py")), ids=lambda p: p.name)
def test_a_program_compiles_and_is_short(path):
    source = path.read_text(encoding="utf-8")
    compile(source, path, "exec")
    assert len([line for line in source.splitlines() if line.strip()]) <= MOST_LINES


def test_every_program_belongs_to_a_queue_or_to_the_job():
    used = {f"{queue.program}.py" for queue in QUEUES} | {"job.py", "send.py"}
    commands = " ".join(f"{queue.worker} {queue.scheduler}" for queue in QUEUES)
    for path in PROGRAMS.glob("*.py"):
        assert path.name in used or path.stem in commands
    locked = {path.stem for path in LOCKS.glob("*.txt")}
    assert locked == {queue.package for queue in QUEUES}


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.package)
def test_a_lock_holds_hashes_and_no_index_address(queue):
    text = (LOCKS / f"{queue.package}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_result_matches_the_current_versions_of_each_queue():
    assert [row["queue"] for row in ROWS] == [queue.title for queue in QUEUES]
    for row, queue in zip(ROWS, QUEUES, strict=True):
        assert row["versions"] == versions(queue.package)
        for name in ("retry", "schedule", "fan_in", "recovery"):
            assert row[name] == getattr(queue, name)


def test_the_page_shows_the_table_of_the_result_and_every_program():
    shown = blocks(PAGE)
    assert any(b.kind == "generated" and "queues" in b.arguments for b in shown)
    listed = {b.arguments[0].split("/")[-1] for b in shown if b.kind == "listing"}
    assert listed == {path.name for path in PROGRAMS.glob("*.py")}
    table = LIVE["queues"]()
    for row in ROWS:
        (line,) = [each for each in table.splitlines() if f"**{row['queue']}**" in each]
        for name, version in row["versions"].items():
            assert f"{name} {version}" in line
        if seconds := row["seen"].get("again with it, s"):
            assert f"after {seconds:.0f} s: {row['recovery']}" in line
