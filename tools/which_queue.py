"""Run one job on several task queues, and record the behaviour of each queue.

The job consists of a task that fails once, a scheduled task, a fan-in, and a worker
killed during a task. The programs and their lock files are in recipes/which_queue. Each
queue has its own virtual environment below .venv/which_queue, and its own Redis or
PostgreSQL.

`python -m tools.which_queue rq` measures one queue and prints the result.
`python -m tools.which_queue --write` measures all queues and writes docs/queues.json.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from sprout import SproutError
from sprout.broker import Broker
from sprout.days import ROOT
from sprout.process import SCRIPTS, Process, environment
from sprout.redis_server import find_server
from tools.processes import main_process
from tools.servers.postgresql import PostgreSQL, find_postgresql
from tools.site.measured import measured_here

PROGRAMS = ROOT / "recipes" / "which_queue"
LOCKS = PROGRAMS / "requirements"
RESULT = ROOT / "docs" / "queues.json"
VENVS = ROOT / ".venv" / "which_queue"
PATIENCE = 180.0  # seconds to wait until a killed worker's task starts again


@dataclass(frozen=True)
class Queue:
    """A task queue: its commands, and its features for the job."""

    title: str
    package: str  # the name of the lock file
    worker: str
    scheduler: str = ""
    prepare: str = ""
    postgresql: bool = False
    retry: str = ""
    schedule: str = ""
    fan_in: str = ""
    recovery: str = ""  # the documented recovery of a killed worker's task
    recovery_options: str = ""  # worker options for the recovery

    @property
    def program(self) -> str:
        """The module name of the program in recipes/which_queue."""
        return f"with_{self.package}"


QUEUES = [
    Queue(
        title="Celery",
        package="celery",
        worker="celery -A with_celery worker -c 2",
        scheduler="celery -A with_celery beat -s {folder}/beat",
        retry="`autoretry_for`",
        schedule="beat, `beat_schedule`",
        fan_in="`chord`",
        recovery="`task_acks_late` and a `visibility_timeout` of 30 s",
    ),
    Queue(
        title="django.tasks",
        package="django",
        worker="django-admin db_worker --settings with_django_settings --pythonpath .",
        prepare="django-admin migrate --settings with_django_settings --pythonpath .",
        postgresql=True,
    ),
    Queue(
        title="RQ",
        package="rq",
        worker="rq worker --url {redis} --with-scheduler",
        scheduler="rq cron --url {redis} with_rq_cron.py",
        retry="`Retry(max=3)`",
        schedule="`rq cron`",
        fan_in="`depends_on`",
        recovery="`Retry(max=3)` and `--maintenance-interval 30`",
        recovery_options="--maintenance-interval 30",
    ),
    Queue(
        title="Dramatiq",
        package="dramatiq",
        worker="dramatiq with_dramatiq -p 1 -t 4",
        scheduler="python send.py with_dramatiq reports",
        retry="by default",
        schedule="APScheduler, as in Dramatiq's cookbook",
        fan_in="`group` with a completion callback",
        recovery="`maintenance_chance` of 10 %",
    ),
    Queue(
        title="Huey",
        package="huey",
        worker="huey_consumer with_huey.huey -w 2",
        retry="`retries`",
        schedule="`periodic_task`",
        fan_in="`chord`",
    ),
    Queue(
        title="Taskiq",
        package="taskiq",
        worker="taskiq worker with_taskiq:broker -w 1",
        scheduler="taskiq scheduler with_taskiq:scheduler",
        retry="`SimpleRetryMiddleware`",
        schedule="`TaskiqScheduler`",
        fan_in="`taskiq-pipelines`",
        recovery="`idle_timeout` of 30 s in `RedisStreamBroker`",
    ),
    Queue(
        title="Procrastinate",
        package="procrastinate",
        worker="procrastinate -a with_procrastinate.app worker -c 2",
        prepare="procrastinate -a with_procrastinate.app schema --apply",
        postgresql=True,
        retry="`RetryStrategy`",
        schedule="`periodic`",
        recovery="a periodic task that retries stalled jobs, every minute",
    ),
    Queue(
        title="arq",
        package="arq",
        worker="arq with_arq.WorkerSettings",
        retry="`raise Retry`",
        schedule="`cron`",
        recovery="`job_timeout` of 30 s",
    ),
]


def versions(package: str) -> dict[str, str]:
    """Return the locked versions of the packages in the queue's .in file."""
    text = (LOCKS / f"{package}.txt").read_text(encoding="utf-8")
    locked = dict(re.findall(r"(?m)^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)", text))
    wanted = (LOCKS / f"{package}.in").read_text(encoding="utf-8").splitlines()
    names = [re.match(r"[\w.-]+", line) for line in wanted]
    return {name[0]: locked[name[0]] for name in names if name}


def servers() -> dict[str, str]:
    """Return the versions of Redis and PostgreSQL."""
    redis = [find_server(SCRIPTS), "--version"]
    postgresql = [f"{find_postgresql()}/postgres", "--version"]
    found: dict[str, list[Any]] = {"redis-server": redis, "PostgreSQL": postgresql}
    texts = {name: run(command) for name, command in found.items()}
    return {name: re.findall(r"\d+(?:\.\d+)+", text)[0] for name, text in texts.items()}


def install(package: str) -> Path:
    """Install a queue into its own environment. Return the folder of its commands."""
    venv, lock = VENVS / package, LOCKS / f"{package}.txt"
    note = venv / "installed.txt"
    if not note.exists() or note.read_text("utf-8") != lock.read_text("utf-8"):
        run([sys.executable, "-m", "venv", "--clear", venv])
        pip = [venv / "bin" / "python", "-m", "pip", "install", "--quiet"]
        run([*pip, "--disable-pip-version-check", "--require-hashes", "-r", lock])
        note.write_text(lock.read_text("utf-8"), encoding="utf-8")
    return venv / "bin"


def run(command: list[Any], **options: Any) -> str:
    """Return the output of a command. Raise RuntimeError if the command fails."""
    options.setdefault("env", environment())
    done = subprocess.run(command, capture_output=True, text=True, **options)
    printed: str = done.stdout
    if done.returncode:
        text = " ".join(map(str, command))
        raise RuntimeError(f"`{text}` failed:\n{printed}{done.stderr}")
    return printed


class Trial:
    """A queue, its server, and the file in which its tasks record their starts."""

    def __init__(self, queue: Queue, recover: bool) -> None:
        self.queue = queue
        self.recover = recover
        self.bin = install(queue.package)

    @contextmanager
    def servers(self) -> Iterator[None]:
        """Run Redis and, if the queue needs it, PostgreSQL during a `with` block."""
        with (
            tempfile.TemporaryDirectory(prefix="sprout-queue-") as folder,
            Broker() as broker,
            PostgreSQL() if self.queue.postgresql else nullcontext() as postgresql,
        ):
            self.names = {"folder": folder, "redis": broker.url()}
            self.seen = Path(folder, "seen.txt")
            self.seen.touch()
            path = environment()["PATH"]
            self.env = {
                "PATH": f"{self.bin}:{path}",
                "SEEN": str(self.seen),
                "REDIS_URL": broker.url(),
                "PYTHONPATH": str(PROGRAMS),
                "PYTHONDONTWRITEBYTECODE": "1",
                **({"POSTGRESQL_URL": postgresql.url} if postgresql else {}),
                **({"RECOVER": "1"} if self.recover else {}),
            }
            if self.queue.prepare:
                self.run(self.queue.prepare)
            yield

    def run(self, command: str) -> None:
        """Run a command of the task queue until it exits."""
        words = command.split()
        words[0] = str(self.bin / words[0])
        run(words, cwd=PROGRAMS, env=environment(self.env))

    def start(self, command: str) -> Process:
        """Return an unstarted process for a command of the queue."""
        words = command.format(**self.names).split()
        words[0] = str(self.bin / words[0])
        return Process(words, cwd=PROGRAMS, env=self.env, grace=10)

    def send(self, what: str) -> float:
        """Send a part of the job and return the time."""
        self.run(f"python send.py {self.queue.program} {what}")
        return time.time()

    def times(self, step: str) -> list[float]:
        """Return the start times of a step."""
        lines = [line.split() for line in self.seen.read_text("utf-8").splitlines()]
        return [float(when) for name, when in lines if name == step]

    def wait(self, step: str, count: int, seconds: float) -> list[float]:
        """Wait for `count` start times of a step. Return the times so far."""
        deadline = time.monotonic() + seconds
        while len(self.times(step)) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.times(step)

    def gap(self, step: str, count: int, seconds: float) -> float | None:
        """Wait for `count` starts of a step. Return the seconds between the last two.

        Returns None if fewer starts occur within `seconds`.
        """
        found = self.wait(step, count, seconds)
        return round(found[-1] - found[-2], 1) if len(found) >= count else None


def kill(worker: Process) -> float:
    """Kill a worker and its pool as `kill -9` does, and return the time."""
    main = main_process(worker)
    for process in [main, *main.children(recursive=True)]:
        try:
            process.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    return time.time()


def measure(queue: Queue, recover: bool) -> dict[str, Any]:
    """Run the job, or only the part with the killed worker if `recover` is true."""
    trial = Trial(queue, recover)
    found: dict[str, Any] = {}
    with trial.servers():
        command = f"{queue.worker} {queue.recovery_options if recover else ''}"
        scheduler = trial.start(queue.scheduler) if queue.scheduler else nullcontext()
        with trial.start(command) as worker, scheduler:
            if not recover:
                trial.send("charge")
                found["retried, s"] = trial.gap("charge", 2, 60)
                found["fan-in"] = False
                if queue.fan_in:
                    trial.send("prices")
                    found["fan-in"] = len(trial.wait("total-60", 1, 60)) == 1
                if queue.schedule:
                    # Wait for three runs, because some schedulers also send at start.
                    found["schedule, s"] = trial.gap("report", 3, 200)
            trial.send("render")
            started = trial.wait("render", 1, 60)
            assert started, f"{queue.title}: the task never began\n{worker.log()}"
            killed = kill(worker)
            with trial.start(command) as second:
                again = trial.wait("render", 2, PATIENCE)
                # Check that the new worker runs tasks.
                charges = len(trial.times("charge"))
                trial.send("charge")
                taken = len(trial.wait("charge", charges + 1, 60)) > charges
                assert taken, f"{queue.title}: the new worker is idle\n{second.log()}"
    found["again, s"] = round(again[1] - killed, 1) if len(again) > 1 else None
    return found


def measure_queue(queue: Queue) -> dict[str, Any]:
    """Measure one queue, and return its row of the result."""
    print(f"{queue.title}: begins", flush=True)
    row: dict[str, Any] = {"queue": queue.title, "versions": versions(queue.package)}
    row |= {name: getattr(queue, name) for name in ("retry", "schedule", "fan_in")}
    row |= {"seen": measure(queue, recover=False), "recovery": queue.recovery}
    if queue.recovery:
        row["seen"]["again with it, s"] = measure(queue, recover=True)["again, s"]
    print(json.dumps(row["seen"]), queue.title, flush=True)
    return row


def main() -> None:
    """Measure the named queues, or all queues, and print or write the result."""
    if find_postgresql() is None:
        raise SproutError("PostgreSQL is missing. Run `apt-get install postgresql`.")
    parser = argparse.ArgumentParser(prog="python -m tools.which_queue")
    names = [queue.package for queue in QUEUES]
    parser.add_argument("queues", nargs="*", metavar="QUEUE", help=", ".join(names))
    parser.add_argument("--write", action="store_true", help="write docs/queues.json")
    asked = parser.parse_args()
    if unknown := set(asked.queues) - set(names):
        parser.error(f"unknown: {', '.join(unknown)}. Choose from {', '.join(names)}.")
    if asked.write and asked.queues:
        parser.error("--write measures all queues. Remove the names.")
    chosen = [each for each in QUEUES if each.package in (asked.queues or names)]
    # Four queues run in parallel, because they mostly wait.
    with ThreadPoolExecutor(max_workers=4) as pool:
        rows = list(pool.map(measure_queue, chosen))
    if asked.write:
        result = {
            "measured": measured_here(),
            "servers": servers(),
            "patience, s": PATIENCE,
            "rows": rows,
        }
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
