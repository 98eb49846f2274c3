"""Processes that end with their owner."""

import os
import signal
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from sprout.process import SCRIPTS, Process
from tests.support.processes import has_ended, owner
from tools.processes import main_process
from tools.waiting import until

pytestmark = pytest.mark.stack

PROGRAMS = Path(__file__).parent / "programs"

FOREVER = "while :; do sleep 0.05; done"
STUBBORN = f"trap '' TERM; (echo $$; {FOREVER}) & echo $!; {FOREVER}"


def pids(process):
    """Wait for two process ids in the output of a command, and return them."""
    return [int(line) for line in until(lambda: two_lines(process.log()))]


def two_lines(log):
    return log.split() if log.count("\n") == 2 else None


def test_the_process_ends_with_the_block():
    with Process(["sleep", "60"]) as process:
        assert process.running
    assert not process.running


def test_a_process_leaves_no_zombie():
    before = set(psutil.Process().children())
    with Process(["sleep", "60"]):
        assert set(psutil.Process().children()) > before
    assert set(psutil.Process().children()) <= before


def test_a_process_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Process(["echo", "words"]) as process:
        process.wait(20)
        assert list(tmp_path.iterdir()) == []
    assert process.log() == "words\n"


@pytest.mark.parametrize(
    ("command", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)]
)
def test_the_exit_code_is_returned(command, code):
    with Process(["sh", "-c", command]) as process:
        assert process.wait(20) == code


def test_the_log_contains_both_streams_during_and_after_the_run():
    code = f"echo out; echo wrong >&2; {FOREVER}"
    with Process(["sh", "-c", code]) as process:
        until(lambda: process.log() == "out\nwrong\n")
        assert process.log() == "out\nwrong\n"  # Reading does not remove the text.
    assert process.log() == "out\nwrong\n"


def test_lines_arrive_when_printed(tmp_path):
    code = "echo one; while [ ! -e go ]; do sleep 0.02; done; echo two; echo 3 >&2"
    with Process(["sh", "-c", code], cwd=tmp_path, piped=True) as process:
        lines = process.lines()
        assert next(lines) == "one"
        (tmp_path / "go").touch()
        assert list(lines) == ["two", "3"]


def test_sigterm_precedes_sigkill():
    code = f"trap 'echo bye; exit' TERM; echo hello; {FOREVER}"
    with Process(["sh", "-c", code]) as process:
        until(process.log)
    assert process.log() == "hello\nbye\n"


def test_a_process_that_ignores_sigterm_is_killed_with_its_children():
    with Process(["sh", "-c", STUBBORN], grace=0.5) as process:
        parent_and_child = pids(process)
        began = time.monotonic()
    assert 0.5 <= time.monotonic() - began < 10
    assert all(has_ended(pid) for pid in parent_and_child)


def test_sigterm_to_the_leash_ends_the_command_even_if_repeated():
    with Process(["sh", "-c", STUBBORN], grace=0.5) as process:
        parent_and_child = pids(process)
        began = time.monotonic()
        for _ in range(2):
            os.kill(process.leash_pid, signal.SIGTERM)
        assert process.wait(20) == 128 + signal.SIGKILL
        assert time.monotonic() - began >= 0.5
        until(lambda: all(has_ended(pid) for pid in parent_and_child))


def test_surviving_children_are_killed():
    code = f"(trap '' TERM; {FOREVER}) & echo $$ $!; echo; exit 3"
    with Process(["sh", "-c", code]) as process:
        assert process.wait(20) == 3
        _, child = map(int, process.log().split())
        until(lambda: has_ended(child))


def test_the_process_and_its_children_end_with_a_killed_owner():
    with owner(PROGRAMS / "own_process.py", STUBBORN) as process:
        parent_and_child = [int(process.stdout.readline()) for _ in range(2)]
        assert not any(has_ended(pid) for pid in parent_and_child)
        process.kill()
        until(lambda: all(has_ended(pid) for pid in parent_and_child))


def test_ctrl_c_reaches_only_the_owner():
    command = (
        "trap 'echo interrupted' INT; trap 'echo ended; exit' TERM; echo started; "
        + FOREVER
    )
    with owner(PROGRAMS / "own_process_until_ctrl_c.py", command) as process:
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.communicate(timeout=20)[0].split() == ["started", "ended"]


def test_sigint_interrupts_the_command_even_if_the_owner_ignores_it():
    # A shell starts background commands with SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Process(["sleep", "60"]) as process:
            until(lambda: psutil.Process(process.leash_pid).children())
            main_process(process).send_signal(signal.SIGINT)
            assert process.wait(10) == 128 + signal.SIGINT
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_venv_is_first_on_path_and_variables_are_set(tmp_path, monkeypatch):
    other = tmp_path / "celery"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
    code = 'command -v celery; echo "$FRUIT"'
    with Process(["sh", "-c", code], env={"FRUIT": "plum"}) as process:
        process.wait(20)
    assert process.log().splitlines() == [str(SCRIPTS / "celery"), "plum"]


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        Process(["true"], cwd=tmp_path / "nowhere").start()


def test_a_missing_command_is_reported_in_the_log():
    with Process(["no-such-command"]) as process:
        assert process.wait(20) != 0
    assert "no-such-command" in process.log()


def test_stop_works_before_the_start_and_twice():
    process = Process(["sleep", "60"])
    process.stop()
    process.start()
    process.stop()
    process.stop()
    assert not process.running
