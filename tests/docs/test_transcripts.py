"""The terminal output on the pages matches a new run of the same commands."""

import re
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from sprout.process import SCRIPTS
from sprout.redis_server import find_server
from tools.servers.rabbitmq import find_rabbitmq
from tools.site.transcripts.format import (
    Part,
    TranscriptError,
    mask,
    read,
    select,
    transcripts,
)
from tools.site.transcripts.replay import differences, record
from tools.site.transcripts.stage import edit

ALL = {transcript.path.stem: transcript for transcript in transcripts()}

# The programs that the transcripts were recorded with. Other versions print other
# messages in the transcripts of MESSAGES.
RECORDED_WITH = {
    "Python": "3.11",
    "Redis": "Redis server v=6.2",
    "RabbitMQ": "rabbitmq_server-3.10",
}
MESSAGES = {
    "rabbitmq": "RabbitMQ",
    "recipe-async_code": "Python",
    "recipe-debug": "Python",
    "setup": "Redis",
    "then": "Python",
    "trouble": "Python",
    "trouble-broker": "Redis",
}


def missing(name: str) -> str:
    """Return the reason to skip a replay, or "" if no program is missing."""
    if "rabbitmq" in ALL[name].note and not find_rabbitmq():
        return (
            "RabbitMQ is missing. Run `apt-get install rabbitmq-server` or "
            "`brew install rabbitmq`."
        )
    typed = "\n".join(line for part in ALL[name].parts for line in part.lines)
    if "curl " in typed and not shutil.which("curl"):
        return "curl is missing. Run `apt-get install curl`."
    return ""


def version(program: str) -> str:
    """Return the version of a program on this machine, as in RECORDED_WITH."""
    if program == "Python":
        return f"{sys.version_info[0]}.{sys.version_info[1]}"
    if program == "Redis":
        command = [find_server(SCRIPTS), "--version"]
        return subprocess.run(command, capture_output=True, text=True).stdout
    return Path(find_rabbitmq()).resolve().parents[1].name


@pytest.fixture(scope="module")
def replays(request):
    """Run the requested replays, four at a time, because replays mostly wait."""
    asked = {
        item.callspec.params["name"]
        for item in request.session.items
        if getattr(item, "originalname", "")
        == "test_a_replay_prints_the_recorded_output"
    }
    with ThreadPoolExecutor(4) as pool:
        # Start the transcripts with the most parts first, because they take longest.
        order = sorted(asked, key=lambda name: -len(ALL[name].parts))
        running: dict[str, Future[str]] = {
            name: pool.submit(differences, ALL[name])
            for name in order
            if not missing(name)
        }
        yield running
        for future in running.values():
            future.cancel()


@pytest.mark.replay
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ALL)
def test_a_replay_prints_the_recorded_output(replays, name):
    if reason := missing(name):
        pytest.skip(reason)
    diff = replays[name].result()
    program = MESSAGES.get(name)
    if diff and program and not version(program).startswith(RECORDED_WITH[program]):
        pytest.xfail(f"recorded with another version of {program}")
    assert not diff, f"\n{diff}\n\nIf the new run is correct, run `make transcripts`."


@pytest.mark.parametrize("name", ALL)
def test_a_timeline_shows_the_recorded_run(name):
    transcript = ALL[name]
    for part in transcript.parts:
        if part.terminal == "timeline":
            svg = transcript.svg(part).read_text(encoding="utf-8")
            begun, *tasks = part.lines
            assert f"{len(tasks)} tasks, {begun}</title>" in svg


@pytest.mark.parametrize("name", ALL)
def test_times_never_decrease_in_a_terminal(name):
    latest = {}
    for part in ALL[name].parts:
        where = "worker" if part.terminal == "timeline" else part.terminal
        times = re.findall(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", "\n".join(part.lines))
        if times:
            assert min(times) >= latest.get(where, ""), part.name
            latest[where] = max(times)


def test_only_variable_text_is_masked():
    first = "[2026-11-21 03:02:34,670: INFO/ForkPoolWorker-2] Task add[%s] %s: 8"
    one = first % ("0b5f0c3c-5f34-4a3e-9d5e-1b1d3f1a2b3c", "succeeded in 5.01s")
    two = first % ("9c5f0c3c-5f34-4a3e-9d5e-1b1d3f1a2b3c", "succeeded in 4.99s")
    assert mask([one]) == mask([two.replace("-2]", "-1]")])
    assert mask([one]) != mask([one.replace("8", "9")])
    assert mask(["= 10.0", "4 tasks"]) == ["= 10.0", "4 tasks"]


def test_a_log_by_task_groups_the_lines_of_each_task():
    a = "[00000000-aaaa-0000-0000-000000000000]"
    b = "[11111111-bbbb-1111-1111-111111111111]"
    one = [f"mul{b} received", f"add{a} received", f"mul{b} 2", f"add{a} 1"]
    two = [one[1], one[0], one[3], one[2]]
    part = Part("worker", "log", options=", by task")
    shown = [tuple(select(part, "\n".join(lines))) for lines in (one, two)]
    assert shown == [(one[0], one[2], one[1], one[3]), (one[1], one[3], one[0], one[2])]
    # Only the order of parallel tasks may differ.
    first, second = (replace(part, lines=lines) for lines in shown)
    assert first.masked == second.masked
    assert first.masked != replace(part, lines=(*shown[0][:3], "add 3")).masked
    assert replace(first, options="").masked != replace(second, options="").masked


def test_options_select_the_visible_lines():
    seen = "one\n\ntwo, of mine\nthree\nfour, of mine\n\n"
    part = Part("worker", "log", options=', only "mine"')
    assert select(part, seen) == ["two, of mine", "four, of mine"]
    assert select(Part("worker", "log", options=", last 1"), seen) == ["four, of mine"]
    assert select(Part("worker", "log"), seen)[0] == "one"


def test_a_transcript_round_trips(tmp_path):
    path = tmp_path / "x.console"
    text = (
        'A note.\n\n=== worker: start, until "ready."\n$ cd day0\n$ python\n>>> 1\n1\n'
        "\n=== edit day0/client.py: swap\n-a\n+b\n"
    )
    path.write_text(text)
    transcript = read(path)
    assert transcript.text() == text
    start, swap = transcript.parts
    assert start.commands == [["$ cd day0"], ["$ python", ">>> 1"]]
    assert transcript.folder(start) == "day0"
    assert (swap.file, swap.lines) == ("day0/client.py", ("-a", "+b"))
    for wrong in ("=== Worker start\n$ ls\n", "=== a: b\n$ ls\n\n=== a: b\n$ ls\n"):
        path.write_text(wrong)
        with pytest.raises(TranscriptError, match=r"x\.console"):
            read(path)


def test_an_edit_must_match_exactly_once(tmp_path):
    path = tmp_path / "tasks.py"
    path.write_text("a\nb\na\n")
    edit(path, ["-b", "+c"])
    assert path.read_text() == "a\nc\na\n"
    for line in ("-a", "-gone"):
        with pytest.raises(TranscriptError, match="times"):
            edit(path, [line, "+d"])
    edit(tmp_path / "new" / "file.py", ["+x = 1"])
    assert (tmp_path / "new" / "file.py").read_text() == "x = 1\n"


BROKEN = """\
broker: none

=== shell: keep
$ export WORD=kept
$ cd day0
$ echo "$WORD, $(basename "$PWD")"
something else
$ python
>>> 6 * 7
42
"""


@pytest.mark.replay
def test_a_wrong_line_appears_in_the_diff(tmp_path):
    path = tmp_path / "broken.console"
    path.write_text(BROKEN)
    diff = differences(read(path))
    lines = [line for line in diff.splitlines() if line[0] in "+-"]
    assert lines[2:] == ["-something else", "+kept, day0"]


TWO = """\
broker: none

=== shell: time
$ date "+%F %T"
2012-01-01 00:00:00

=== shell: word
$ echo new
new
"""


@pytest.mark.replay
def test_a_recording_contains_a_single_run(tmp_path):
    path = tmp_path / "two.console"
    path.write_text(TWO)
    assert not record(read(path)), "only the time differs"
    assert path.read_text() == TWO
    path.write_text(TWO.replace("\nnew", "\nold"))
    assert record(read(path))
    recorded = path.read_text()
    assert mask(recorded.splitlines()) == mask(TWO.splitlines())
    assert "2012-01-01" not in recorded, "the recording contains two runs"


@pytest.mark.replay
def test_missing_output_raises_an_error_with_its_position(tmp_path):
    path = tmp_path / "never.console"
    path.write_text('broker: none\n\n=== shell: wait, until "ready"\n$ echo gone\n')
    with pytest.raises(TranscriptError, match=r"never\.console, wait: .*'ready'"):
        differences(read(path))
