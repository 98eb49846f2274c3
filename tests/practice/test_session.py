"""The exercise runner: verdicts in a terminal, keys, progress, and exit codes."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from click.testing import CliRunner
from rich.console import Console

from sprout import SproutError
from sprout.commands import Commands, commands
from sprout.days import DAYS, ROOT
from sprout.practice import check, exercises
from sprout.practice.command import practice
from sprout.practice.exercises import Exercise, find
from sprout.practice.judge import Judge
from sprout.practice.progress import Progress
from sprout.practice.self_test import QUESTIONS
from sprout.practice.session import Session, watch
from sprout.practice.verdict import Kind
from tools.waiting import until

SEND = Exercise("day0/send")
HANGS = 'open({!r}, "w").close()\nwhile True: pass\n'


@pytest.fixture(autouse=True)
def work(tmp_path, monkeypatch):
    """Replace var/practice with a temporary folder."""
    monkeypatch.setattr(exercises, "WORK", tmp_path / "practice")
    return tmp_path / "practice"


@pytest.fixture(scope="module")
def judge(redis):
    with Judge(redis) as judge:
        yield judge


@contextmanager
def open_session(judge, exercise=SEND):
    """Yield a session and the buffer of its output."""
    out = io.StringIO()
    console = Console(file=out, width=100, highlight=False)
    yield Session(exercise, judge, Progress(), console), out


def run(*arguments, **options):
    group = Commands("sprout", commands={"practice": practice})
    return CliRunner().invoke(group, ["practice", *arguments], **options)


def test_an_unknown_exercise_is_an_error_that_lists_the_days_exercises():
    with pytest.raises(
        SproutError, match=r"There is no exercise day0/no\. .*day0/send"
    ):
        find("day0/no")
    done = run("day0/no", "--once")
    assert done.exit_code == 2  # 1 would mean a wrong answer
    assert done.output.startswith("Error: There is no exercise day0/no.")


def test_the_list_marks_solved_exercises():
    Progress().solve(SEND)
    lines = run("--list").output.splitlines()
    assert lines[0].startswith("✓ day0/send")
    assert lines[1].startswith("· day0/json_only")
    assert lines[-1].startswith("1 of ")


def test_progress_is_stored_and_a_damaged_file_is_an_error(work):
    progress = Progress()
    assert not progress.is_solved(SEND)
    progress.solve(SEND)
    assert [progress.next_hint(SEND) for _ in range(5)] == [1, 2, 3, 3, 3]
    again = Progress()
    assert again.is_solved(SEND)
    assert again.hints(SEND) == 3
    assert list(work.iterdir()) == [work / "progress.json"]
    for text in ("{", "[]", '{"day0/send": 1}'):
        (work / "progress.json").write_text(text)
        with pytest.raises(SproutError, match=r"progress\.json is damaged"):
            Progress()


def test_the_solution_is_shown_at_the_second_request_or_when_solved():
    first, second = run("day0/send", "--solution"), run("day0/send", "--solution")
    assert first.output == "The exercise is unsolved. Ask again to see the solution.\n"
    assert "send_mail.delay" in second.output
    other = Exercise("day0/ask_later")
    Progress().solve(other)
    assert "AsyncResult" in run(other.name, "--solution").output


def test_a_reset_keeps_a_copy_of_the_old_text(work):
    file = SEND.open()
    file.write_text("mine")
    run("day0/send", "--reset")
    assert file.read_text() == SEND.unsolved
    kept = file.with_name("exercise.before-reset.py")
    assert kept.read_text() == "mine"
    assert "Your text" not in run("day0/send", "--reset").output
    assert kept.read_text() == "mine"


def test_a_reset_needs_the_name_of_an_exercise(work):
    done = run("--reset")
    assert done.exit_code == 2
    assert "Name the exercise to reset" in done.output
    assert not work.exists()


def test_a_folder_that_cannot_be_written_is_an_error(work):
    work.write_text("a file instead of a folder")
    for arguments in (["--reset"], ["--once"]):
        done = run("day0/send", *arguments)
        assert done.exit_code == 2
        assert f"{work} cannot be written" in done.output


def test_a_message_follows_the_last_hint():
    shown = [run("day0/send", "--hint").output for _ in range(4)]
    assert [text.splitlines()[0] for text in shown[2:]] == ["Hint 3 of 3"] * 2
    assert "no more hints" not in shown[2]
    assert "no more hints" in shown[3]


def test_the_session_suggests_running_a_broken_program_first():
    with open_session(Judge(), Exercise("day0/json_only")) as (_, out):
        assert "Press r before you edit" in out.getvalue()
    with open_session(Judge()) as (_, out):
        assert "Press r" not in out.getvalue()


def test_a_check_waits_until_the_file_is_complete(monkeypatch):
    steps = ["", SEND.solution, None, None]  # an editor empties the file, then writes
    checked = []

    @contextmanager
    def keys():
        def read(seconds):
            if not steps:
                return ""
            if (text := steps.pop(0)) is not None:
                SEND.work.write_text(text)
            return None

        yield read

    monkeypatch.setattr("sprout.practice.session.keys", keys)
    with open_session(Judge()) as (session, _):
        session.check = lambda: checked.append(session.text())
        watch(session)
    assert checked == [SEND.solution]


@pytest.mark.stack
def test_a_second_wrong_answer_does_not_repeat_the_hint(judge):
    with open_session(judge) as (session, out):
        session.watching = True
        SEND.work.write_text("app = None")
        session.check()
        session.check()
    assert out.getvalue().count("Hint 1 of 3") == 1
    assert "Press h for the next hint." in out.getvalue()


def test_without_a_free_port_the_set_up_is_broken(monkeypatch):
    def no_port(broker):
        raise OSError(98, "Address already in use")

    monkeypatch.setattr("sprout.practice.judge.Broker.start", no_port)
    verdict = Judge().run(SEND, "app = None")
    assert verdict.kind is Kind.BROKEN
    assert "Address already in use" in verdict.message


@pytest.mark.stack
def test_a_redis_server_that_ends_during_the_check_is_a_broken_set_up():
    text = """
import os, redis
redis.Redis.from_url(os.environ["CELERY_BROKER_URL"]).shutdown(nosave=True)
"""
    with Judge() as judge:
        verdict = judge.run(SEND, text)
    assert verdict.kind is Kind.BROKEN
    assert verdict.message == "redis-server ended during the check. Check again."


@pytest.mark.stack
def test_next_skips_solved_exercises(judge):
    with open_session(judge) as (session, out):
        Progress().solve(Exercise("day0/json_only"))
        session.progress = Progress()
        session.press("n")
        assert session.exercise.name == "day0/ask_later"
        session.press("?")
        assert "h hint" in out.getvalue()


@pytest.mark.stack
def test_once_returns_an_exit_code_for_each_verdict(judge, monkeypatch, work):
    monkeypatch.setattr("sprout.practice.judge.Broker", lambda: judge._broker)
    monkeypatch.setattr(type(judge._broker), "start", lambda broker: broker)
    monkeypatch.setattr(type(judge._broker), "stop", lambda broker: None)
    first = run("day0/send", "--once")
    assert first.exit_code == 1
    assert "not attempted" in first.output
    SEND.work.write_text(SEND.solution)
    assert run("day0/send", "--once").exit_code == 0
    assert Progress().is_solved(SEND)


@pytest.mark.stack
def test_without_a_redis_server_the_set_up_is_broken(monkeypatch):
    monkeypatch.setattr("sprout.broker.find_server", lambda folder: None)
    SEND.open().write_text("app = None")
    done = run("day0/send", "--once")
    assert done.exit_code == 2
    assert "the set-up is broken" in done.output
    assert "sprout doctor --explain SPR042" in done.output


@pytest.mark.stack
def test_a_wrong_verdict_shows_expected_seen_timeline_and_one_hint(judge):
    with open_session(judge) as (session, out):
        wrong = next(path for path in SEND.wrong if path.stem == "subject")
        SEND.work.write_text(wrong.read_text())
        assert session.check().kind is Kind.WRONG
    shown = out.getvalue()
    assert "expected  sent Welcome to anna@example.org" in shown
    assert "seen      sent anna@example.org to anna@example.org" in shown
    assert "█" in shown
    assert "Hint 1 of 3" in shown
    assert "Hint 2" not in shown


BAD = {
    " ": "exercise.py is empty. Press x to restore it.",
    "while True: pass": "After 3 s, Sprout stopped waiting for exercise.py to be "
    "imported. Is there an endless loop?",
    "import os; os._exit(3)": "exercise.py ended the client's process.",
    "raise SystemExit(0)": "Importing exercise.py raised SystemExit.",
    "def welcome(:": "exercise.py is not valid Python.",
    "import nothing": "Importing exercise.py raised ModuleNotFoundError.",
}


@pytest.mark.stack
@pytest.mark.parametrize("text", BAD)
def test_an_answer_that_cannot_run_gets_a_reason(redis, text):
    with Judge(redis, limit=3 if "while" in text else 60) as judge:
        verdict = judge.check(SEND, text)
    assert (verdict.kind, verdict.message) == (Kind.WRONG, BAD[text])


@pytest.mark.stack
def test_a_save_during_the_check_is_reported(judge, monkeypatch):
    with open_session(judge) as (session, out):
        plain = judge.check

        def and_save(exercise, text, stop):
            exercise.work.write_text("app = None")
            return plain(exercise, text, stop)

        monkeypatch.setattr(judge, "check", and_save)
        SEND.work.write_text(SEND.solution)
        assert session.check().outdated
    assert "You saved the file during this check." in out.getvalue()


@pytest.mark.stack
def test_a_notebook_checks_the_same_file(work, capsys):
    SEND.open().write_text(SEND.solution)
    check("day0/send")
    assert "✓ right" in capsys.readouterr().out
    assert json.loads((work / "progress.json").read_text())["day0/send"]["solved"]


@pytest.mark.stack
def test_watch_checks_each_save_and_handles_keys(judge, monkeypatch):
    main_end, terminal = pty.openpty()
    with open_session(judge) as (session, out), os.fdopen(terminal, "rb") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        watcher = threading.Thread(target=watch, args=[session])
        watcher.start()
        try:
            until(lambda: "Save the file" in out.getvalue())
            os.write(main_end, b"h")
            until(lambda: "Hint 1 of 3" in out.getvalue(), what="a hint")
            SEND.work.write_text(SEND.solution)
            until(lambda: "✓ right" in out.getvalue(), what="the verdict on a save")
            os.write(main_end, b"n")
            until(lambda: "Edit" in out.getvalue().partition("✓ right")[2])
        finally:
            os.write(main_end, b"q")
            watcher.join(10)
    os.close(main_end)
    assert not watcher.is_alive()
    assert session.exercise.name == "day0/json_only"


@pytest.mark.stack
@pytest.mark.parametrize("where", ["client", "worker"])
def test_q_stops_a_check_that_is_running(judge, monkeypatch, tmp_path, where):
    """Without the key q, the check would take at least 15 s."""
    begun = tmp_path / "begun"
    hangs = HANGS.format(str(begun))
    if where == "worker":
        begin = "def send_mail(address: str, subject: str) -> str:\n"
        assert begin in SEND.solution
        body = "".join(f"    {line}\n" for line in hangs.splitlines())
        hangs = SEND.solution.replace(begin, begin + body)
    main_end, terminal = pty.openpty()
    with open_session(judge) as (session, out), os.fdopen(terminal, "rb") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        SEND.work.write_text(hangs)
        watcher = threading.Thread(target=watch, args=[session])
        watcher.start()
        try:
            until(lambda: "Save the file" in out.getvalue())
            os.write(main_end, b"r")
            until(begun.exists, what="the endless loop")
            os.write(main_end, b"l")  # the session handles this key after the check
        finally:
            os.write(main_end, b"q")
            watcher.join(10)
    os.close(main_end)
    assert not watcher.is_alive()
    assert out.getvalue().endswith("Checking ...\n")
    assert not active_children()


@pytest.mark.stack
def test_the_end_of_the_input_does_not_stop_a_check(judge, monkeypatch):
    steps = ["r"]

    @contextmanager
    def keys():
        yield lambda seconds: steps.pop(0) if steps else ""

    monkeypatch.setattr("sprout.practice.session.keys", keys)
    with open_session(judge) as (session, out):
        SEND.work.write_text(SEND.solution)
        watch(session)
    assert "✓ right" in out.getvalue()


def test_the_self_test_reports_which_days_to_skip(monkeypatch):
    watched = []
    monkeypatch.setattr("sprout.practice.session.watch", watched.append)
    monkeypatch.setattr("sprout.practice.judge.forkserver.ensure_running", list)
    done = run("--from", "3", input="2\nx\n1\n3\n")
    assert "'x' is not one of '1', '2', '3'" in done.output
    assert "You can skip day0, day2." in done.output
    assert "Practise day1 first." in done.output
    assert watched[0].exercise.name == "day1/started"
    watched[0].exercise = find("day1/collect")
    watched[0].next()
    assert watched[0].exercise.name == "day3/find"
    assert run("--from", "day8").output.startswith("Error: There is no day8.")


def test_every_day_has_a_question_with_one_right_choice():
    assert list(QUESTIONS) == [day.name for day in DAYS]
    for question in QUESTIONS.values():
        assert 1 <= question.right <= len(question.choices) == 3


@pytest.mark.stack
def test_the_verdict_names_a_task_that_does_not_end(judge):
    begin = "def send_mail(address: str, subject: str) -> str:\n"
    assert begin in SEND.solution
    with open_session(judge) as (session, out):
        session.watching = True
        text = SEND.solution.replace(begin, f"{begin}    while True: pass\n")
        SEND.work.write_text(text)
        session.check()
    shown = out.getvalue()
    assert "Checking ..." in shown
    assert (
        "send_mail has not ended: the task loops endlessly, or its process died."
        in shown
    )
    assert (
        "seen      After 15 s, Sprout stopped waiting for every task to end." in shown
    )
    assert "send_mail('anna@example.org'" in shown
    assert "░░░░" in shown  # the task runs until the end of the check
    assert "worker.log" in "".join(shown.split())  # the terminal wraps long paths


@pytest.mark.stack
def test_a_client_that_does_not_return_has_a_timeline(judge, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def late():
        return any(
            "too late" in log.read_text() for log in tmp_path.glob("*/client.log")
        )

    # After the client has printed "too late", the clock shows a time after the limit of
    # the check.
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + 60 * late())
    monkeypatch.setattr("sprout.practice.judge.time", clock)
    program = Path(__file__).parent / "programs" / "endless_client.py"
    verdict = judge.run(SEND, program.read_text())
    assert verdict.message == (
        "After 60 s, Sprout stopped waiting for welcome() to return. "
        "Is there an endless loop?"
    )
    assert [(span.label, span.state) for span in verdict.spans] == [
        ("send_mail", "STARTED")
    ]


def test_ctrl_c_does_not_reach_the_fork_server(monkeypatch):
    before, during = signal.getsignal(signal.SIGINT), []
    name = "sprout.practice.judge.forkserver.ensure_running"
    monkeypatch.setattr(name, lambda: during.append(signal.getsignal(signal.SIGINT)))
    with Judge():
        assert signal.getsignal(signal.SIGINT) is before
    assert during == [signal.SIG_IGN]


def test_a_closed_terminal_ends_the_command_like_sigterm():
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        CliRunner().invoke(commands, ["practice", "--list"])
        for number in before:
            with pytest.raises(SystemExit, match=str(128 + number)):
                signal.getsignal(number)(number, None)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.mark.stack
def test_a_script_without_a_main_guard_can_check(tmp_path):
    SEND.open().write_text(SEND.solution)
    program = ROOT / "tests" / "support" / "practice_script.py"
    done = subprocess.run(
        [sys.executable, program, tmp_path / "practice"],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "✓ right" in done.stdout


@pytest.mark.stack
def test_no_process_is_left_when_the_runner_is_killed(tmp_path, redis):
    begun = tmp_path / "begun"

    def processes():
        found = []
        for process in psutil.process_iter(["pid", "cwd"]):
            if str(process.info["cwd"] or "").startswith(str(tmp_path)):
                found.append(process.pid)
        return found

    program = ROOT / "tests" / "support" / "judge.py"
    command = [sys.executable, program, redis.url(), HANGS.format(str(begun))]
    # The check creates its folder in TMPDIR.
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=env) as runner:
        until(begun.exists, what="the check to begin")
        assert processes()
        runner.kill()
    until(lambda: not processes(), what="no process of the runner is left")
