"""lessons: each, run as its README says, prints what it teaches."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from sprout.broker import Broker
from sprout.process import Process, environment
from tests.drf_api.workers import PROJECT, until

LESSONS = Path(settings.BASE_DIR, "lessons")


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    """Return a function that runs a lesson; a worker with one process is there."""
    folder = tmp_path_factory.mktemp("lessons")
    with Broker() as redis:
        env = {
            "CELERY_BROKER_URL": redis.url(),
            "CELERY_RESULT_BACKEND": redis.url(),
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        }

        def python(*arguments):
            done = subprocess.run(
                ["python", *arguments],
                cwd=PROJECT,
                env=environment(env),
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.splitlines()

        python("manage.py", "migrate", "-v0")
        command = ["celery", "-A", "lessons", "worker", "-l", "info", "-c", "1"]
        with Process(command, cwd=PROJECT, env=env) as worker:
            until(lambda: " ready." in worker.log())
            yield lambda name: python("-m", "lessons", name)


def seconds(pattern: str, line: str) -> float:
    """Return the seconds that a line names; the whole line must match."""
    found = re.fullmatch(pattern, line)
    assert found, line
    return float(found[1])


def test_outcome(lesson):
    assert lesson("outcome") == [
        "result.ready()=True result.successful()=True result.result=2.0",
        "result.ready()=True result.successful()=False "
        "result.result=ZeroDivisionError('division by zero')",
        "get() raised what the task raised: division by zero",
    ]


def test_eager(lesson):
    lines = lesson("eager")
    eager_seconds = seconds(r"eager: delay\(\) took (\d+\.\d) s", lines.pop(0))
    real_seconds = seconds(r"real: delay\(\) took (\d+\.\d) s", lines.pop(3))
    assert real_seconds < 1 <= eager_seconds  # the task takes a second
    assert lines == [
        "eager: it ran in this process: True",
        "eager: another look at its id says PENDING",
        "eager: a failure raises nothing by itself: FAILURE",
        "real: it ran in this process: False",
        "real: another look at its id says SUCCESS",
    ]


def test_import_names(lesson):
    known, unknown, _ = lesson("import_names")
    assert known == "lessons.trap.tasks.add gives 4"
    assert unknown.startswith("tasks.add is unknown to the worker:")


def test_waiting(lesson):
    assert lesson("waiting") == [
        "waiting inside: The operation timed out.",
        "one, then the other: 6",
    ]


def test_lost_update(lesson):
    assert lesson("lost_update") == [
        "rename_object: Sprout, old@example.com",
        "rename_by_key: Sprout, new@example.com",
    ]


def test_slow_form(lesson):
    slow, quick, letter = lesson("slow_form")
    slow_seconds = seconds(r"slow: 200 after (\d+\.\d) s", slow)
    quick_seconds = seconds(r"quick: 202 after (\d+\.\d) s", quick)
    assert quick_seconds < 3 <= slow_seconds  # the letter takes three seconds
    assert letter == "and the letter went out: Dear Ada: it grows"


NAMES = {path.stem for path in LESSONS.glob("*.py")} - {"__init__", "__main__"}


def test_the_readme_names_every_lesson():
    readme = (LESSONS / "README.md").read_text()
    assert set(re.findall(r"`python -m lessons (\w+)`", readme)) == NAMES


@pytest.mark.parametrize("wrong", [[], ["taks"], ["outcome", "eager"], ["__main__"]])
def test_which_lessons_there_are(wrong):
    done = subprocess.run(
        ["python", "-m", "lessons", *wrong],
        cwd=PROJECT,
        env=environment({}),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    question, names = done.stderr.removesuffix("\n").split("? python -m lessons ")
    assert question == "Which lesson"
    assert set(names.split(" | ")) == NAMES
