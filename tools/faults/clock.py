"""Beat faults: a crash, a second beat, a changed clock, and daylight saving time."""

import re
import sqlite3
import time
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from xmlrpc.client import Fault

from sprout.process import Process
from tools.faults.fault import fault
from tools.faults.stack import PROJECT, Stack, kill
from tools.waiting import until

BEAT = ["celery", "-A", "taskrunner", "beat", "-l", "info", "--max-interval", "1"]
LIBFAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
BERLIN = "Europe/Berlin"  # UTC+1, and UTC+2 from the end of March to the end of October


def schedule(stack: Stack, *entries: str, **env: str) -> None:
    """Create schedule entries, each given as source code for a dict of fields."""
    stack.python(
        "from datetime import timedelta\n"
        "from django.utils.timezone import now\n"
        "from django_celery_beat.models import *\n"
        "def every(**interval):\n"
        "    return IntervalSchedule.objects.get_or_create(**interval)[0]\n"
        "def at(hour, zone):\n"
        "    return CrontabSchedule.objects.create(\n"
        "        minute=30, hour=hour, timezone=zone)\n"
        "def ago(**time): return now() - timedelta(**time)\n"
        f"for entry in [{', '.join(entries)}]:\n"
        "    PeriodicTask.objects.create(\n"
        "        task='workflows.tasks.add', args='[1, 1]', **entry)\n",
        **env,
    )


def sent(stack: Stack, name: str) -> int:
    """Return the number of succeeded tasks of a schedule entry."""
    ((count,),) = stack.rows(
        "SELECT COUNT(*) FROM django_celery_results_taskresult "
        "WHERE periodic_task_name = ? AND status = 'SUCCESS'",
        name,
    )
    return count


@fault(
    "beat is killed and restarted later",
    "tasks sent before the crash are not sent again, and tasks due in between are sent "
    "once",
)
def kill_beat(stack: Stack) -> str:
    hour = "every(every=1, period='hours')"
    schedule(
        stack,
        f"dict(name='before', interval={hour}, last_run_at=ago(minutes=90))",
        f"dict(name='meanwhile', interval={hour}, last_run_at=ago(minutes=59))",
    )
    begin = time.monotonic()
    until(lambda: sent(stack, "before"), 60, "the due task was sent")
    kill(stack.process("beat"))
    until(lambda: stopped(stack, "beat"), 20, "supervisor leaves beat stopped")
    try:
        assert time.monotonic() - begin < 55, "too slow: both tasks were already due"
        time.sleep(60 - (time.monotonic() - begin) + 1)
    finally:
        stack.supervisor.startProcess("beat")
    until(lambda: sent(stack, "meanwhile"), 60, "the newly due task was sent")
    time.sleep(5)
    before, meanwhile = sent(stack, "before"), sent(stack, "meanwhile")
    assert (before, meanwhile) == (1, 1), (before, meanwhile)
    return f"tasks sent: {before} before the crash, {meanwhile} after the restart"


def stopped(stack: Stack, program: str) -> bool:
    """Stop a program of supervisord.conf. Return False if supervisor raises a Fault."""
    with suppress(Fault):
        return bool(stack.supervisor.stopProcess(program))
    return False


@fault(
    "a second beat is started by mistake",
    "a second beat on the same machine refuses to start, and a second beat on another "
    "machine sends every task again",
)
def second_beat(stack: Stack) -> str:
    pidfile = stack.process("beat").cmdline()[-1]
    with Process([*BEAT, "--pidfile", pidfile], cwd=PROJECT, env=stack.env) as second:
        assert second.wait(60) != 0
        (refusal,) = re.findall(r"Seems we're already running\?", second.log())
    schedule(stack, "dict(name='tick', interval=every(every=4, period='seconds'))")
    try:
        until(lambda: sent(stack, "tick"), 60, "the first tick")
        alone = count_ticks(stack)
        with Process([*BEAT, "--pidfile", ""], cwd=PROJECT, env=stack.env) as second:
            until(lambda: "due task tick" in second.log(), 60, "the second beat sends")
            both = count_ticks(stack)
    finally:
        stack.rows(
            "UPDATE django_celery_beat_periodictask SET enabled = ? "
            "WHERE name = 'tick'",
            False,
        )
    assert 4 <= alone <= 6, alone
    assert both >= 8, both
    return (
        f"with the same pidfile, the second beat printed “{refusal}”; without a "
        f"pidfile, the two beats sent {both} ticks instead of {alone}"
    )


def count_ticks(stack: Stack) -> int:
    """Return the number of ticks in 20 seconds. One beat sends 4 to 6 ticks."""
    before = sent(stack, "tick")
    time.sleep(20)
    return sent(stack, "tick") - before


def lacks_faketime() -> str:
    """Return the missing requirement for a changed clock, or "" if none is missing."""
    return "" if LIBFAKETIME else "libfaketime (apt-get install faketime)"


class FalseClock:
    """A schedule and a broker for beats with a changed clock."""

    def __init__(self, stack: Stack, name: str, *entries: str) -> None:
        self.folder = stack.folder / name
        self.folder.mkdir()
        self.offset = self.folder / "offset"
        # Replace time.sleep(), because libfaketime 0.9.10 does not support
        # time.sleep() in Python 3.11 and newer.
        (self.folder / "sitecustomize.py").write_text(
            "import select, time\n"
            "time.sleep = lambda seconds: select.select([], [], [], seconds)\n"
        )
        self.env = stack.env | {
            "DATABASE_URL": f"sqlite:///{self.folder}/db.sqlite3",
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{stack.env['REDIS_PORT']}/15",
        }
        migrate = ["python", "manage.py", "migrate", "-v0"]
        with Process(migrate, cwd=PROJECT, env=self.env) as process:
            assert process.wait(60) == 0, process.log()
        self.rows("UPDATE django_celery_beat_periodictask SET enabled = 0")
        schedule(stack, *entries, **self.env)

    def rows(self, query: str, *values: object) -> None:
        """Run an SQL statement in the database of the schedule."""
        with closing(sqlite3.connect(self.folder / "db.sqlite3")) as connection:
            connection.execute(query, values)
            connection.commit()

    def beat(self, moment: str = "") -> Process:
        """Return an unstarted beat with a clock that shows this time, in UTC.

        Without a time, the clock adds the seconds in `offset` to the real time.
        """
        false: dict[str, object] = {"FAKETIME": f"@{moment}"}
        if not moment:
            false = {"FAKETIME_TIMESTAMP_FILE": self.offset, "FAKETIME_NO_CACHE": "1"}
        false |= {
            "LD_PRELOAD": LIBFAKETIME,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # Do not change durations.
            "PYTHONPATH": self.folder,
            "TZ": "UTC",
        }
        assigned = [f"{name}={value}" for name, value in false.items()]
        command = ["env", *assigned, *BEAT, "--pidfile", ""]
        return Process(command, cwd=PROJECT, env=self.env)


@fault(
    "the clock is set an hour ahead and then back",
    "schedules continue immediately after the change ahead, and an hour after the "
    "change back",
    kinds=("redis",),
    lacks=lacks_faketime,
)
def move_clock(stack: Stack) -> str:
    tick = "dict(name='tick', interval=every(every=4, period='seconds'))"
    clock = FalseClock(stack, "moved", tick)
    clock.offset.write_text("+0\n")
    ticks = []
    with clock.beat() as beat:
        until(lambda: "due task tick" in beat.log(), 60, "the first tick")
        for offset in ("+0", "+3600", "+0"):
            clock.offset.write_text(f"{offset}\n")
            before = beat.log().count("due task tick")
            time.sleep(20)
            ticks.append(beat.log().count("due task tick") - before)
        assert beat.running, beat.log()
    assert min(ticks[:2]) >= 4, ticks
    return (
        "ticks in 20 seconds before the changes, after the change ahead, and after "
        "the change back: {}, {}, {}".format(*ticks)
    )


@fault(
    "daylight saving time begins and ends",
    "a task scheduled for 04:30 in Berlin is sent at 04:30 in Berlin, once a day",
    kinds=("redis",),
    lacks=lacks_faketime,
)
def summer_time(stack: Stack) -> str:
    """Run beat in the night before each change, and in the night of the change."""
    entries = [f"dict(name='{h:02}:30', crontab=at({h}, '{BERLIN}'))" for h in (2, 4)]
    clock = FalseClock(stack, "summer", *entries)
    # Maps times in UTC to the expected tasks. On 28 March, 02:30 does not exist in
    # Berlin, and beat sends the task at 03:30. On 31 October, 02:30 occurs twice, and
    # beat sends the task the first time.
    nights = {
        "2027-03-27": {"03:30": ["04:30"]},
        "2027-03-28": {"01:30": ["02:30"], "02:30": ["04:30"], "03:30": []},
        "2027-10-30": {"00:30": ["02:30"], "02:30": ["04:30"]},
        "2027-10-31": {
            "00:30": ["02:30"],
            "01:30": [],
            "02:30": [],
            "03:30": ["04:30"],
        },
    }
    seen = {}
    for day, hours in nights.items():
        # Set the time of the last run to the evening before.
        if day in ("2027-03-27", "2027-10-30"):
            eve = datetime.fromisoformat(day) - timedelta(hours=4)
            change = "UPDATE django_celery_beat_periodictask SET last_run_at = ?"
            clock.rows(change, str(eve))
        seen[day] = {hour: sent_at(clock, f"{day} {hour}") for hour in hours}
    assert seen == nights, seen
    return (
        "from the first night on, the 04:30 task is sent at 03:30 UTC in winter and at "
        "02:30 UTC in summer"
    )


def sent_at(clock: FalseClock, moment: str) -> list[str]:
    """Run beat around this minute, in UTC. Return the names of the tasks it sent."""
    begin = datetime.fromisoformat(moment) - timedelta(seconds=6)
    with clock.beat(str(begin)) as beat:
        until(lambda: "beat: Starting" in beat.log() or not beat.running, 60)
        time.sleep(8)
        assert beat.running, beat.log()
        return re.findall(f"{moment}:.* due task (\\d.*) \\(", beat.log())
