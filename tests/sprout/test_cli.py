"""The command `sprout`."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sprout.days import DAYS, ROOT
from sprout.process import SCRIPTS
from tests.support.processes import accept_ctrl_c, plain_environment
from tools.waiting import until

pytestmark = pytest.mark.stack


def sprout(*arguments, command=(SCRIPTS / "sprout",), **extra):
    return subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=plain_environment(**extra),
        timeout=60,
    )


LISTED = "".join(f"{day.name}  {day.idea}\n" for day in DAYS)


@pytest.mark.parametrize(
    "command", [(SCRIPTS / "sprout",), (sys.executable, "-m", "sprout")]
)
def test_the_list_names_every_day_and_its_idea(command):
    done = sprout("tour", "--list", command=command)
    assert (done.stdout, done.stderr, done.returncode) == (LISTED, "", 0)


@pytest.mark.parametrize("more", [(), ("day0",), ("--list",)])
def test_an_unknown_day_prints_one_sentence(more):
    done = sprout("tour", "day9", *more)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: There is no day9. The days are day0, day1,")
    assert done.stderr.count("\n") == 1


def test_a_missing_redis_server_is_explained(tmp_path):
    program = Path(__file__).parent / "programs" / "cli_without_redis.py"
    command = (sys.executable, program, tmp_path / "bin")
    done = sprout("tour", "day0", command=command, PATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: There is no redis-server here")
    assert "sudo apt-get install redis-server" in done.stderr
    assert "brew install redis" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_during_the_imports_prints_one_line(tmp_path):
    begun = tmp_path / "begun"
    # Python imports click.py from this folder instead of the package click.
    slow = Path(__file__).parent / "programs" / "slow_import"
    paths = os.pathsep.join([str(slow), str(ROOT)])
    with subprocess.Popen(
        [sys.executable, "-m", "sprout", "tour"],
        env=plain_environment(PYTHONPATH=paths, BEGUN=str(begun)),
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=accept_ctrl_c,
    ) as process:
        try:
            until(begun.exists, what="the imports begin")
            process.send_signal(signal.SIGINT)
            _, printed = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, printed) == (130, "\nAborted!\n")
