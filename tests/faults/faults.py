"""The faults. Each breaks one thing, and returns when that is over.

What it says it saw goes into the table; `promise` is what must hold.
"""

import base64
import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from kombu import Connection

from sprout.process import Process
from tests.faults.load import RUNS, Client
from tests.faults.stack import PROJECT, Stack, kill, until

Inject = Callable[[Stack], str | None]


@dataclass(frozen=True)
class Fault:
    """A fault and its promise."""

    name: str
    promise: str
    inject: Inject
    quick: bool = False  # part of the short form
    kinds: tuple[str, ...] = ("redis", "rabbitmq")
    failures: bool = False  # whether a run may fail, and must say why


FAULTS: list[Fault] = []


def fault(name: str, promise: str, **options):
    """Put a function into the table."""

    def add(inject: Inject) -> Inject:
        FAULTS.append(Fault(name, promise, inject, **options))
        return inject

    return add


# The worker


@fault(
    "a process of the worker's pool is killed",
    "its task is begun again, at most three times",
    quick=True,
)
def kill_pool_process(stack: Stack) -> None:
    kill(busy(stack))


def busy(stack: Stack) -> psutil.Process:
    """Return a process that runs a step now, and has run it for some time yet."""

    def find() -> psutil.Process | None:
        pool = {process.pid: process for process in stack.pool()}
        started = stack.rows(
            "SELECT result FROM django_celery_results_taskresult "
            "WHERE status = 'STARTED' AND task_name LIKE 'taskrunner.%'"
        )
        pids = [json.loads(result)["pid"] for (result,) in started]
        return next((pool[pid] for pid in pids if pid in pool), None)

    found: psutil.Process = until(find, 30, "a step runs")
    return found


@fault(
    "the whole worker is killed",
    "supervisor starts another, the broker gives it what the first one held",
    quick=True,
)
def kill_worker(stack: Stack) -> None:
    busy(stack)
    main = stack.process("worker")
    pool = main.children()
    kill(main)
    for process in pool:  # in a crash of the machine they would go as well
        if process.is_running():
            kill(process)
    stack.wait_until_ready()


@fault(
    "SIGTERM under load, as a deployment does",
    "what runs ends first, the rest waits for the next worker",
    quick=True,
)
def deploy(stack: Stack) -> None:
    stack.supervisor.stopProcess("worker")
    stack.supervisor.startProcess("worker")
    stack.wait_until_ready()


@fault(
    "the worker stands still for longer than the broker waits",
    "another copy of its messages is handed out, and each step ends once",
    kinds=("redis",),
)
def freeze_worker(stack: Stack) -> str:
    main = stack.process("worker")
    frozen = [main, *main.children()]
    for process in frozen:
        process.suspend()
    time.sleep(float(stack.env.get("VISIBILITY_TIMEOUT", 60)) + 4)
    for process in frozen:
        process.resume()
    return ""


@fault(
    "every unfinished run is sent again, twice",
    "each step ends once",
    quick=True,
)
def send_twice(stack: Stack) -> str:
    worker = stack.process("worker")
    worker.suspend()  # for a queue to grow
    printed = stack.python(
        "from workflows import runs; from workflows.models import Run\n"
        "found = Run.objects.full().filter(state__in=['queued', 'running'])\n"
        "for run in [*found, *found]: runs.send(run)\n"
        "print(len(found))"
    )
    worker.resume()
    return f"{printed.strip()} runs were sent again"


@fault(
    "a step kills its process each time",
    "it is given up and says so, the others go on",
    failures=True,
)
def poison_process(stack: Stack) -> str:
    return poison(stack, lambda process: kill(process))


@fault(
    "a step kills its whole worker each time",
    "it is given up and says so, the others go on",
    failures=True,
)
def poison_worker(stack: Stack) -> str:
    def end_all(process: psutil.Process) -> None:
        main = stack.process("worker")
        pool = main.children()
        kill(main)
        for child in pool:
            if child.is_running():
                kill(child)

    return poison(stack, end_all)


def poison(stack: Stack, harm: Callable[[psutil.Process], None]) -> str:
    """Do harm whenever the first step of one run begins, until the run is over."""
    client = Client(stack.site)
    run = client.run(RUNS[1])
    task = client.call(f"/api/runs/{run.id}/")[1]["steps"][0]["task_id"]
    deadline = time.monotonic() + 600
    often = 0
    while time.monotonic() < deadline:
        found = stack.rows(
            "SELECT status, result FROM django_celery_results_taskresult "
            "WHERE task_id = ?",
            task,
        )
        status, result = found[0] if found else ("PENDING", "")
        if status in ("SUCCESS", "FAILURE"):
            break
        if status == "STARTED" and psutil.pid_exists(json.loads(result)["pid"]):
            process = psutil.Process(json.loads(result)["pid"])
            if process.status() != psutil.STATUS_ZOMBIE:
                harm(process)
                often += 1
        time.sleep(0.02)
    body = client.call(f"/api/runs/{run.id}/")[1]
    assert body["state"] == "failed", body
    return f"killed {often} times, then: {body['error']}"


@fault(
    "a step hangs",
    "the time limit ends it, the run fails and says so",
    failures=True,
)
def hang(stack: Stack) -> str:
    process = busy(stack)
    process.suspend()
    until(lambda: not process.is_running(), 90, "the time limit")
    printed = stack.rows(
        "SELECT result FROM django_celery_results_taskresult "
        "WHERE status = 'FAILURE' AND result LIKE '%TimeLimitExceeded%'"
    )
    assert printed
    return "TimeLimitExceeded: " + str(json.loads(printed[0][0])["exc_message"][0])


# The broker


@fault(
    "the broker is killed, three times",
    "what it had is on its disk, clients get 503 meanwhile",
    quick=True,
)
def kill_broker(stack: Stack) -> None:
    for _ in range(3):
        stack.kill_broker()
        stack.start_broker()
        stack.wait_until_ready()


@fault(
    "the broker is away for ten seconds while runs are asked for",
    "503 with Retry-After and no half-made run; the same key works later",
    quick=True,
)
def broker_away(stack: Stack) -> str:
    client = Client(stack.site)
    stack.stop_broker()
    first = client.run(key=f"later {stack.port} {time.time()}".replace(" ", "-"))
    key = f"away-{time.time()}"
    refused = client.run(key=key)
    time.sleep(5)
    if stack.kind == "redis":
        stack.supervisor.startProcess("redis")
    else:
        stack.start_broker()
    stack.wait_until_ready()
    later = client.run(key=key)
    assert (first.code, refused.code, later.code) == (503, 503, 202)
    return f"{refused.code} after {refused.seconds:.1f} s, the same key later 202"


@fault(
    "the broker takes connections and says nothing for 15 seconds",
    "a bounded wait, then 503",
)
def broker_silent(stack: Stack) -> str:
    client = Client(stack.site)
    stack.signal_broker(signal.SIGSTOP)
    try:
        begin = time.monotonic()
        asked = client.run()
        time.sleep(max(0, 15 - (time.monotonic() - begin)))
    finally:
        stack.signal_broker(signal.SIGCONT)
    stack.wait_until_ready()
    assert asked.code == 503
    return f"{asked.code} after {asked.seconds:.1f} s"


@fault(
    "garbage on the queue",
    "what is no task is dropped and logged, the others go on",
)
def garbage(stack: Stack) -> str:
    """Put in what is no JSON, a broken body, an unknown task and 20 megabytes."""
    url = stack.env["CELERY_BROKER_URL"]
    with Connection(url) as connection:
        channel = connection.default_channel
        if stack.kind == "redis":
            channel.client.lpush("celery", "this is no JSON")
            message = channel.prepare_message(
                base64.b64encode(b"{broken").decode(),
                content_type="application/json",
                content_encoding="utf-8",
                headers={"task": "taskrunner.tasks.add", "id": "broken"},
                properties={
                    "delivery_info": {"exchange": "", "routing_key": "celery"},
                    "delivery_tag": "broken",
                    "body_encoding": "base64",
                },
            )
            channel.client.lpush("celery", json.dumps(message))
        else:
            producer = connection.Producer()
            for headers in ({}, {"task": "taskrunner.tasks.add", "id": "broken"}):
                producer.publish(
                    "{broken",
                    routing_key="celery",
                    content_type="application/json",
                    content_encoding="utf-8",
                    headers=headers,
                )
    stack.python(
        "from taskrunner.celery import app\n"
        "app.send_task('no.such.task', task_id='unknown')\n"
        "app.send_task('taskrunner.tasks.add', ['x' * 20_000_000, 'y'],"
        " task_id='large')"
    )
    ended = "SELECT status FROM django_celery_results_taskresult WHERE task_id = ?"
    until(lambda: stack.rows(ended, "unknown") == [("FAILURE",)], 90, "NotRegistered")
    until(lambda: stack.rows(ended, "large") not in ([], [("STARTED",)]), 90, "20 MB")
    until(lambda: "broken" in stack.log("worker"), 60, "the broken body is logged")
    stack.wait_until_ready()
    crash = "JSONDecodeError" in stack.log("worker").partition("no.such.task")[0]
    return "the worker died once and came back" if crash else "the worker went on"


# The database


@contextmanager
def locked(stack: Stack) -> Iterator[None]:
    """Keep all others from writing to SQLite."""
    import sqlite3
    from contextlib import closing

    path = stack.folder / "db.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@fault(
    "the database is locked for 25 seconds",
    "requests end with 503, results are written later",
    kinds=("redis",),
)
def lock_database(stack: Stack) -> None:
    with locked(stack):
        time.sleep(25)


@fault(
    "the database crashes and is back after five seconds",
    "requests end with 503, results are written later",
    kinds=("rabbitmq",),
)
def crash_database(stack: Stack) -> None:
    server = stack.postgresql._server
    leash = psutil.Process(server._leash.pid)
    (main,) = leash.children()
    main.send_signal(signal.SIGQUIT)  # PostgreSQL's "immediate": as after a crash
    server.wait(30)
    server.stop()
    time.sleep(5)
    server.start()
    stack.wait_until_ready()


# The clock's process


@fault(
    "beat is killed, and a second one is started by mistake",
    "supervisor starts beat again; the second one refuses",
)
def beats(stack: Stack) -> str:
    kill(stack.process("beat"))
    command = stack.process("beat").cmdline()
    pidfile = command[command.index("--pidfile") + 1]

    def holds_it() -> bool:
        return Path(pidfile).read_text().strip() == str(stack.process("beat").pid)

    until(lambda: Path(pidfile).exists() and holds_it(), 60, "beat is back")
    second = Process(
        ["celery", "-A", "taskrunner", "beat", "--pidfile", pidfile],
        cwd=PROJECT,
        env=stack.env,
    ).start()
    code = second.wait(60)
    second.stop()
    assert code != 0
    return second.log().strip().splitlines()[-1][:100]
