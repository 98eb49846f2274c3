"""The tour as a reader runs it, and its errors."""

import contextlib
import functools
import io
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile

import pytest
from rich.console import Console

from sprout import SproutError, days
from sprout.days import DAYS, ROOT, find
from sprout.process import SCRIPTS
from sprout.tour import LEGEND, take
from sprout.worker import Worker
from tests.support.processes import (
    accept_ctrl_c,
    copy_of_sprout,
    plain_environment,
    read_only,
)
from tests.support.readme import blocks
from tools.processes import MARK, marked
from tools.waiting import until

pytestmark = pytest.mark.stack

README = blocks("text")[:2]  # the beginning of the tour, and its final table
# In a copy of the repository, this command uses the files of the copy.
TOUR = [sys.executable, "-m", "sprout", "tour"]


def start(command, folder, place, **extra):
    """Start a tour. The folder `place` receives the output and the temporary files.

    The variable MARK contains `place`, and identifies the processes of the tour.
    """
    (place / "tmp").mkdir(parents=True)
    env = plain_environment(TMPDIR=str(place / "tmp"), **{MARK: str(place)}, **extra)
    with (place / "out").open("wb") as out, (place / "err").open("wb") as err:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdout=out,
            stderr=err,
            start_new_session=True,
            preexec_fn=accept_ctrl_c,
        )


def run(command, folder, place, **extra):
    """Run a whole tour. Return its exit code, its output and its errors."""
    with start(command, folder, place, **extra) as process:
        return process.wait(60), *printed(place)


def without_escapes(words):
    return re.sub(r"\x1b\[\??[0-9;]*[A-Za-z]", "", words)


def printed(place):
    return [(place / name).read_text(encoding="utf-8") for name in ("out", "err")]


def is_clean(place):
    # Poll, because processes and files of a killed tour can remain for a moment.
    until(lambda: not marked(str(place)) and not list((place / "tmp").iterdir()))
    return True


# The whole tour takes a minute, mostly waiting, so it runs in parallel with other
# tests.


@pytest.fixture(scope="module", autouse=True)
def whole_tour(tmp_path_factory):
    place = tmp_path_factory.mktemp("whole")
    with contextlib.ExitStack() as stack:
        # Occupy Redis's default port. An OSError means that the port is already in use.
        with contextlib.suppress(OSError):
            stack.enter_context(socket.create_server(("127.0.0.1", 6379)))
        tour = start([SCRIPTS / "sprout", "tour"], ROOT, place)
        yield tour, place
        tour.terminate()
        tour.wait(60)


@pytest.fixture(scope="module")
def whole(whole_tour):
    tour, place = whole_tour
    code = tour.wait(120)
    out, err = printed(place)
    assert err == ""
    assert code == 0
    assert is_clean(place)
    return out


@pytest.fixture
def sections(whole):
    """The output of each day by name, and the final output under None."""
    parts = re.split(r"(?m)^(?:(day\d)  .*)?─+$", whole)
    assert parts[0] == f"{LEGEND}\n\n"
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture
def place(tmp_path):
    return tmp_path / "place"


@pytest.fixture
def copy(tmp_path):
    return copy_of_sprout(tmp_path / "copy")


# Interrupted tours


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """Three tours, each ended by a signal while a client and a task are running."""
    folder = copy_of_sprout(tmp_path_factory.mktemp("ended") / "copy")
    client = (
        "from taskrunner.tasks.addition.sums import add\nprint('sent', add.delay(1, 1))"
    )
    (folder / "day3/client.py").write_text(client + "\nimport time; time.sleep(60)\n")
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
    places = {number: tmp_path_factory.mktemp(number.name) for number in signals}
    tours = {n: start([*TOUR, "day3"], folder, p) for n, p in places.items()}
    try:
        for number, tour in tours.items():
            until(lambda place=places[number]: "sent" in printed(place)[0], 40)
            if number == signal.SIGINT:  # Ctrl-C goes to all processes in the terminal.
                os.killpg(tour.pid, number)
            else:
                tour.send_signal(number)
        return {n: (tour.wait(40), places[n]) for n, tour in tours.items()}
    finally:
        for tour in tours.values():
            tour.kill()


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        (signal.SIGINT, 130, "\nAborted!\n"),
        (signal.SIGTERM, 143, ""),
        (signal.SIGKILL, -9, ""),
    ],
    ids=["ctrl-c", "sigterm", "sigkill"],
)
def test_an_interrupted_tour_leaves_nothing_behind(ended, number, code, message):
    found, place = ended[number]
    assert (found, printed(place)[1]) == (code, message)
    assert is_clean(place)


# Unusual folders and terminals


@pytest.fixture(scope="module")
def awkward(tmp_path_factory):
    """Day 6, which saves a file, in an unusual folder and with an unusual terminal."""
    folder = copy_of_sprout(tmp_path_factory.mktemp("a") / "mein Gärtchen 豆 'n' $HOME")
    place = tmp_path_factory.mktemp("awkward")
    terminal = {"PYTHONIOENCODING": "ascii", "COLUMNS": "40", "FORCE_COLOR": "1"}
    with (folder / "day6/client.py").open("a", encoding="utf-8") as client:
        client.write(
            "from rich.console import Console\n"
            "Console().print('[bold]plain[/]', Console().width, '✓')\n"
        )
    return *run([*TOUR, "day6"], folder, place, **terminal), folder


def test_the_tour_runs_in_a_folder_with_spaces_and_unicode(awkward):
    code, out, err, folder = awkward
    assert (code, err) == (0, "")
    assert "diamond = 20.0" in out
    # The file would contain the ids of tasks that no longer exist.
    assert not (folder / "day6" / "runs.json").exists()


def test_the_tour_runs_in_a_narrow_ascii_terminal(awkward):
    code, out, err, _ = awkward
    assert (code, err) == (0, "")
    assert out.isascii()
    # The client's output does not depend on the terminal.
    assert "    plain 80 ?\n" in out
    out = without_escapes(out)
    # ? replaces unsupported characters.
    assert re.search(r"sum-of-two-numbers\(4,\?  \?+ +\? 6", out)
    assert "broken    product-of-two-numbers   SKIPPED" in out


def test_a_read_only_checkout_prints_one_sentence(copy, place):
    with read_only(copy) as prefix:
        code, out, err = run([*prefix, *TOUR, "day3"], copy, place)
    assert (code, out) == (1, "")
    assert err.startswith(f"Error: {copy / 'day3'} is read-only")
    assert err.count("\n") == 1
    assert is_clean(place)


def test_a_terminal_shows_progress(copy, place):
    terminal, side = pty.openpty()
    env = plain_environment(TERM="xterm", TMPDIR=str(place))
    place.mkdir()
    tour = subprocess.Popen(
        [*TOUR, "day3"], cwd=copy, env=env, stdout=side, stderr=side
    )
    os.close(side)
    shown = b""
    # A terminal raises OSError when no process has it open.
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 10_000):
            shown += part
    os.close(terminal)
    assert tour.wait(10) == 0
    assert b"\x1b[" in shown
    words = without_escapes(shown.decode("utf-8"))
    assert re.search("[⠀-⣿] The worker starts", words)
    assert re.search(r"[⠀-⣿] The client is running, \d s", words)
    assert "taskrunner.tasks.addition.sums.add(4, 2) = 6" in words


# Days that differ from their lesson


def test_wrong_output_and_extra_tasks_are_reported(copy, place):
    task = copy / "day3/taskrunner/tasks/addition/sums.py"
    code = task.read_text(encoding="utf-8")
    task.write_text(code.replace("return x + y", "return x + y + 1"), encoding="utf-8")
    with (copy / "day2/client.py").open("a", encoding="utf-8") as client:
        client.write("\nadd.delay(1, 1).get(timeout=30)\n")
    code, out, err = run([*TOUR, "day3", "day2"], copy, place)
    assert code == 1
    assert err == (
        "Error: At least one day differs from its lesson. See the output above.\n"
    )
    faults = [line.strip() for line in out.splitlines() if line.startswith("  day")]
    assert faults == [
        "day3 did not print: taskrunner.tasks.addition.sums.add(4, 2) = 6",
        "day2 ran 5 tasks, not 4",
    ]
    table = out.rpartition("─\n")[2]
    assert re.search(r"(?m)^day3 .*✗ differs from the lesson$", table)
    assert re.search(r"(?m)^day2 .*✗ differs from the lesson$", table)
    assert "Next:" not in out


@pytest.fixture
def trouble(copy, monkeypatch, tmp_path):
    """Return a function that runs the tour of day 3 with the given client.py."""
    monkeypatch.setattr(days, "ROOT", copy)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv(MARK, str(tmp_path))
    # Wait only a second for the worker's running tasks.
    monkeypatch.setattr("sprout.tour.Worker", functools.partial(Worker, grace=1))
    (tmp_path / "tmp").mkdir()

    def printed_error(client, deadline=30.0):
        (copy / "day3/client.py").write_text(client, encoding="utf-8")
        with pytest.raises(SproutError) as caught:
            take([find("day3")], Console(file=io.StringIO()), deadline)
        assert is_clean(tmp_path)
        return str(caught.value)

    return printed_error


def test_a_silent_client_has_a_deadline(trouble):
    error = trouble("import time\ntime.sleep(60)\n", deadline=0.5)
    assert error.startswith("day3's client did not end within 0 s.")


def test_an_endlessly_printing_client_has_a_deadline(trouble):
    error = trouble("while True: print('still here', flush=True)\n", deadline=0.5)
    assert error.startswith("day3's client did not end within 0 s.")


def test_a_hanging_task_has_a_deadline(trouble, copy):
    (copy / "day3/taskrunner/tasks/hang.py").write_text(
        "import time\nfrom celery import shared_task\n\n\n"
        "@shared_task\ndef hang():\n    time.sleep(600)\n"
    )
    client = "from taskrunner.tasks.hang import hang\nhang.delay().get()\n"
    error = trouble(client, deadline=8)  # enough seconds to send and start the task
    assert error.startswith("day3's client did not end within 8 s.")
    assert "Task taskrunner.tasks.hang.hang" in error


def test_a_failed_client_is_reported_with_the_worker_log(trouble):
    error = trouble("1 / 0\n")
    assert error.startswith("day3's client failed. See the last line above.")
    assert "ready." in error.partition("The end of its log:")[2]


def test_a_dead_worker_ends_the_tour(trouble):
    error = trouble("""
import os, signal, time
from taskrunner import app
(stats,) = app.control.inspect(limit=1, timeout=10).stats().values()
os.kill(stats["pid"], signal.SIGKILL)
time.sleep(60)
""")
    assert error.startswith("The worker stopped.")


@pytest.mark.parametrize("then", ["time.sleep(60)", "sys.exit(1)", ""])
def test_a_stopped_broker_ends_the_tour(trouble, then):
    # The client waits until the broker's leash has ended, so that the tour detects the
    # stopped broker.
    error = trouble(f"""
import os, sys, time
import psutil, redis
broker = redis.Redis.from_url(os.environ["CELERY_BROKER_URL"])
leash = psutil.Process(broker.info()["process_id"]).parent()
broker.shutdown(nosave=True)
leash.wait(20)
{then}
""")
    assert error == "The broker stopped while day3 ran."


# The whole tour


def test_the_tour_ends_with_a_table_of_all_days(whole):
    table = whole.rpartition("─\n")[2]
    heading, *rows = table.partition("\n\nNext:")[0].splitlines()
    assert heading.split() == ["day", "idea", "tasks", "seconds", "result"]
    assert len(rows) == len(DAYS) >= 8
    for row, day in zip(rows, DAYS, strict=True):
        tasks = rf"{day.tasks} +\d+\.\d +✓"
        assert re.fullmatch(
            rf"{day.name}  {re.escape(day.idea)} +{tasks}", row.rstrip()
        )


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_the_tour_shows_commands_output_and_timelines(sections, day):
    shown = sections[day.name]
    for command in ("celery -A taskrunner worker -l info", "python client.py"):
        assert f"  $ {command}\n" in shown
    assert day.missing(shown.splitlines()) == []
    assert re.search(r"(?m)^ +0 +\d+\.\d s$", shown)
    rows = re.findall(r"(?m)^  \S.*[█▓] *  [✓✗] ", shown)
    assert len(rows) == day.tasks


def test_the_readme_shows_the_beginning_of_the_tour(whole):
    tour, _ = README
    _, _, days = whole.partition(f"{LEGEND}\n\n")
    printed = [line.rstrip() for line in days.splitlines()]
    assert [steady(line) for line in printed[: len(tour)]] == list(map(steady, tour))


def test_the_readme_shows_the_table_of_the_tour(whole):
    def rows(lines):
        return [re.sub(r" +\d+\.\d  ✓", " ✓", line.rstrip()) for line in lines]

    _, shown = README
    table = rows(whole.rpartition("─\n")[2].splitlines())
    assert table[: len(shown)] == rows(shown)


def steady(line):
    """Mask the seconds and the lengths of the bars, which differ between runs."""
    return re.sub(r" *\d\.\d s", " N s", re.sub(r" *[█·]+ *", " █ ", line))


def test_without_a_terminal_the_tour_is_plain_text(whole):
    assert not set(whole) & set("\x1b\r\b")
    assert not re.search("[⠀-⣿]|The worker starts", whole)


def test_the_tour_hides_celerys_warning_to_root(whole):
    assert "superuser" not in whole
    assert "SecurityWarning" not in whole
