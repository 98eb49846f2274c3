"""`make bench` prints its tables, and the compared functions return equal results."""

import re
import subprocess

import pytest

from sprout.process import environment
from tests.support.application import PROJECT
from tools.bench.status import by_id, in_two_queries, make_run
from tools.bench.timing import row


@pytest.mark.django_db
def test_both_functions_return_the_same_states(django_assert_num_queries):
    run = make_run(30)
    ids = [step.task_id for step in run.steps.all()]
    with django_assert_num_queries(30):
        slow = by_id(ids)
    with django_assert_num_queries(2):
        fast = in_two_queries(run.pk)
    assert fast == slow == ["SUCCESS"] * 30


def test_a_row_shows_both_times_and_their_ratio():
    assert row(10, ours=0.002, other=0.5) == "    10       2.0 ms     500.0 ms    250x"


@pytest.mark.stack
@pytest.mark.parametrize(
    ("database", "options"), [("sqlite", []), ("postgresql", ["--postgresql"])]
)
def test_the_queries_for_many_runs(database, options, tmp_path):
    done = subprocess.run(
        ["python", "-m", "tools.bench", "scale", "--runs", "300", *options],
        cwd=PROJECT.parent,
        env=environment({"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}),
        capture_output=True,
        text=True,
        check=True,
    )
    title, *rows, deleted = done.stdout.splitlines()
    assert title == f"300 finished runs, {database}, wall ms"
    assert all(re.search(r" \d+$", row) for row in rows)
    # 300 runs, the 300 tasks that the camera saw, and 270 results
    assert re.match(r"delete all 870 rows, seconds +\d+$", deleted)


@pytest.mark.stack
@pytest.mark.parametrize(
    ("command", "sizes"),
    [("status --steps 2 30", [2, 30]), ("people --count 3", [3])],
)
def test_make_bench_prints_its_tables(command, sizes, tmp_path):
    database = tmp_path / "db.sqlite3"
    done = subprocess.run(
        ["python", "-m", "tools.bench", *command.split()],
        cwd=PROJECT.parent,
        env=environment({"DATABASE_URL": f"sqlite:///{database}"}),
        capture_output=True,
        text=True,
        check=True,
    )
    title, names, *rows = done.stdout.splitlines()
    assert "sqlite" in title
    assert names.endswith("ratio")
    assert [
        int(re.match(r" +(\d+) .* ms .* ms +\d+x$", row)[1]) for row in rows
    ] == sizes
    assert not database.exists()  # the benchmark uses its own database
