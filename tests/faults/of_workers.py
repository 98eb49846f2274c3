"""Faults of workers: killed, stopped, frozen, hanging, out of memory."""

import json
import time
from collections.abc import Callable

import psutil

from tests.faults.fault import fault
from tests.faults.load import RUNS, Client
from tests.faults.stack import Stack, kill
from tests.waiting import until


@fault(
    "a process of the worker's pool is killed",
    "its task is begun again",
    again=1,
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
    "what it held is begun again, nothing waits for longer than 60 seconds",
    quick=True,
)
def kill_worker(stack: Stack) -> None:
    busy(stack)
    kill_all(stack)
    stack.wait_until_ready()


def kill_all(stack: Stack) -> None:
    """Kill a worker and its pool, as a crash of its machine would."""
    main = stack.process("worker")
    pool = main.children()
    kill(main)
    for process in pool:
        if process.is_running():
            kill(process)


@fault(
    "SIGTERM under load, as a deployment does",
    "what runs ends first, the rest waits for the next worker",
    again=0,
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
)
def send_twice(stack: Stack) -> str:
    def send() -> int:
        return int(
            stack.python(
                "from workflows import runs; from workflows.models import Run\n"
                "found = Run.objects.full().filter(state__in=['queued', 'running'])\n"
                "for run in [*found, *found]: runs.send(run)\n"
                "print(len(found))"
            )
        )

    worker = stack.process("worker")
    worker.suspend()  # for a queue to grow
    sent = until(send, 30, "runs wait")
    worker.resume()
    return f"{sent} runs were sent again"


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
    return poison(stack, lambda _: kill_all(stack))


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
    # STEP_TRIES, and once more if it is killed before it has written down its try.
    assert often <= 6, often
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


@fault(
    "a task asks for more memory than it may have",
    "it fails and says so, its process lives",
    kinds=("redis",),
    lacks=lambda: "" if hasattr(psutil, "RLIMIT_AS") else "Linux, for its limits",
)
def no_memory(stack: Stack) -> str:
    """Let no process of the pool grow by more than 200 MB; one asks for 1 GB."""
    pool = stack.pool()
    usual = {process: process.rlimit(psutil.RLIMIT_AS) for process in pool}
    for process in pool:
        most = process.memory_info().vms + 200 * 2**20
        process.rlimit(psutil.RLIMIT_AS, (most, usual[process][1]))
    result = multiply_text(stack, "memory", 10**9)
    for process in pool:
        process.rlimit(psutil.RLIMIT_AS, usual[process])
    assert result["exc_type"] == "MemoryError", result
    assert {process.pid for process in stack.pool()} == {one.pid for one in pool}
    return f"{result['exc_type']}, by the same processes"


@fault(
    "a task leaves its process large",
    "another process takes its place, the others go on",
    kinds=("redis",),
)
def large_process(stack: Stack) -> str:
    before = {process.pid for process in stack.pool()}
    multiply_text(stack, "large-process", 6 * 10**8)
    gone = until(
        lambda: before - {process.pid for process in stack.pool()}, 30, "it is replaced"
    )
    return f"{len(gone)} of {len(before)} processes replaced"


def multiply_text(stack: Stack, task: str, size: int) -> dict:
    """Run a task that needs so many bytes, and is wrong: return its error."""
    stack.python(
        "from taskrunner.celery import app\n"
        f"app.send_task('taskrunner.tasks.mul', ['x', {size}], task_id='{task}')"
    )
    ended = (
        "SELECT result FROM django_celery_results_taskresult "
        "WHERE task_id = ? AND status = 'FAILURE'"
    )
    ((result,),) = until(lambda: stack.rows(ended, task), 60, "its end")
    return json.loads(result)
