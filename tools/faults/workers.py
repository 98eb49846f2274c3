"""Worker faults: killed or suspended processes, duplicates, hangs and memory limits."""

import json
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from tools.faults.count import as_id, look
from tools.faults.fault import fault
from tools.faults.load import RUNS, Client
from tools.faults.stack import Stack, kill, suspended
from tools.waiting import until

TASK_TRIES = 5  # as in drf_api/taskrunner/settings.py


@fault(
    "a pool process is killed",
    "the interrupted task is started again",
    again=1,
    resent=0,
    quick=True,
)
def kill_pool_process(stack: Stack) -> None:
    kill(busy(stack))


def busy(stack: Stack) -> psutil.Process:
    """Wait until a pool process runs a step, and return the process."""
    return until(lambda: running_steps(stack), 30, "a step runs")[0][0]


def running_steps(stack: Stack) -> list[tuple[psutil.Process, str]]:
    """Return the busy pool processes, each with the id of its task."""
    pool = {process.pid: process for process in stack.pool()}
    started = stack.rows(
        "SELECT result, task_id FROM django_celery_results_taskresult "
        "WHERE status = 'STARTED' AND task_name LIKE 'workflows.%'"
    )
    found = [(json.loads(result)["pid"], task) for result, task in started]
    return [(pool[pid], task) for pid, task in found if pid in pool]


@fault(
    "the whole worker is killed",
    "unfinished tasks are started again, and no run waits longer than 60 seconds",
    resent=0,
    quick=True,
)
def kill_worker(stack: Stack) -> None:
    busy(stack)
    kill_all(stack)
    stack.wait_until_ready()


def kill_all(stack: Stack, program: str = "worker") -> None:
    """Kill all processes of a program together, as in a crash of the machine."""
    main = stack.process(program)
    doomed = [main, *main.children()]
    # Suspend all processes first, so that no process continues during the loop below.
    for process in doomed:
        process.suspend()
    for process in doomed:
        process.kill()
    psutil.wait_procs(doomed, timeout=10)


def succeeded(stack: Stack, task: str) -> bool:
    found = stack.rows(
        "SELECT 1 FROM django_celery_results_taskresult "
        "WHERE task_id = ? AND status = 'SUCCESS'",
        task,
    )
    return bool(found)


@fault(
    "SIGTERM stops the worker under load, as in a deployment",
    "running tasks finish, and queued tasks wait for the next worker",
    again=0,
)
def deploy(stack: Stack) -> None:
    busy(stack)
    stack.supervisor.stopProcess("worker")
    stack.supervisor.startProcess("worker")
    stack.wait_until_ready()


@fault(
    "the worker is paused for longer than the visibility timeout",
    "the worker's messages are redelivered, and each step ends only once",
    kinds=("redis",),
)
def freeze_worker(stack: Stack) -> str:
    main = stack.process("worker")
    held = until(lambda: suspend_busy_worker(stack, main), 30, "steps are running")
    try:
        until(lambda: all(succeeded(stack, task) for task in held), 30, "the steps end")
        # The suspended main process acknowledges no message. Wait until the messages
        # are due for redelivery.
        time.sleep(float(stack.env.get("VISIBILITY_TIMEOUT", 60)) + 4)
    finally:
        begin = len(stack.log("worker"))
        main.resume()

    def refused(task: str) -> bool:
        done = "Task already completed successfully"  # the wording of Celery's log
        return f"[{task}] {done}" in stack.log("worker")[begin:]

    until(lambda: all(map(refused, held)), 30, "the worker refuses the duplicates")
    return f"redelivered messages that the worker refused: {len(held)}"


def suspend_busy_worker(stack: Stack, main: psutil.Process) -> list[str]:
    """Suspend a worker without its pool if steps are running. Return the steps."""
    main.suspend()
    held = []
    try:
        held = [task for _, task in running_steps(stack)]
    finally:
        if not held:
            main.resume()
    return held


SEND_TWICE = """
from workflows.models import Run
found = [run for run in Run.objects.full() if not run.finished]
for run in [*found, *found]:
    run.send()
print(len(found))
"""


@fault(
    "all unfinished runs are sent again twice",
    "each step ends only once",
)
def send_twice(stack: Stack) -> str:
    def send() -> int:
        return int(stack.python(SEND_TWICE))

    with suspended(stack.process("worker")):  # so that the queue grows
        sent = until(send, 30, "runs wait")
    return f"{sent} unfinished runs were sent again"


@fault(
    "a step kills its pool process whenever it runs",
    "the run fails with a reason, and other runs continue",
)
def poison_process(stack: Stack) -> str:
    return poison(stack, lambda process: kill(process))


@fault(
    "a step kills its worker whenever it runs",
    "the run fails with a reason, and at most one other run fails",
    failures=1,  # the run in the worker's other pool process
)
def poison_worker(stack: Stack) -> str:
    return poison(stack, lambda _: kill_all(stack))


def poison(stack: Stack, harm: Callable[[psutil.Process], None]) -> str:
    """Call `harm` after each start of a run's first step, until the run ends.

    A step counts as started when it has stored its attempt, because the application
    does not count earlier crashes.
    """
    client = Client(stack.site)
    with suspended(stack.process("worker")):  # until the loop below watches the step
        run = client.run(RUNS[1])
        task = client.call(f"/api/runs/{run.id}/")[1]["steps"][0]["task_id"]
    deadline = time.monotonic() + 600
    often = 0
    while time.monotonic() < deadline:
        found = stack.rows(
            "SELECT status, result, tries FROM django_celery_results_taskresult t "
            "JOIN workflows_step s ON s.task_id = t.task_id WHERE t.task_id = ?",
            task,
        )
        status, result, tries = found[0] if found else ("PENDING", "", 0)
        if status in ("SUCCESS", "FAILURE"):
            break
        if tries > often:
            process = psutil.Process(json.loads(result)["pid"])
            process.suspend()  # so that the step cannot end before `harm`
            harm(process)
            often += 1
        time.sleep(0.01)
    body = client.call(f"/api/runs/{run.id}/")[1]
    assert body["state"] == "failed", body
    assert often <= TASK_TRIES, often
    return f"the step was killed {often} times; error of the run: {body['error']}"


@fault(
    "a step hangs",
    "the time limit ends the step, and the run fails with a reason",
    failures=1,  # the run of the hanging step
)
def hang(stack: Stack) -> None:
    process, task = until(lambda: hold(stack), 30, "a step hangs")
    try:
        until(lambda: not process.is_running(), 90, "the time limit")
    finally:
        with suppress(psutil.NoSuchProcess):
            process.resume()
    query = "SELECT run_id FROM workflows_step WHERE task_id = ?"
    ((run,),) = stack.rows(query, task)
    _, body = look(Client(stack.site), as_id(run), time.monotonic() + 30)
    assert body["state"] == "failed", body
    assert body["error"].startswith("TimeLimitExceeded"), body


def hold(stack: Stack) -> tuple[psutil.Process, str] | None:
    """Suspend a process that runs a step.

    Return the process and its step, or None if no process runs a step.
    """
    for process, task in running_steps(stack):
        process.suspend()
        if (process, task) in running_steps(stack):
            return process, task
        process.resume()  # The step had ended.
    return None


@fault(
    "a task allocates more memory than its process may use",
    "the task fails with an error, and the worker continues",
    kinds=("redis",),
    lacks=lambda: "" if hasattr(psutil, "RLIMIT_AS") else "Linux to limit memory",
)
def no_memory(stack: Stack) -> str:
    """Run two tasks that allocate 1 GB in processes that can grow by only 200 MB.

    If the first task stopped the worker, the second task would run in a new process
    without this limit.
    """
    pool = stack.pool()
    usual = {process: process.rlimit(psutil.RLIMIT_AS) for process in pool}
    try:
        for process in pool:
            most = process.memory_info().vms + 200 * 2**20
            process.rlimit(psutil.RLIMIT_AS, (most, usual[process][1]))
        results = [multiply_text(stack, f"memory-{n}", 10**9) for n in (1, 2)]
    finally:
        for process in pool:
            with suppress(psutil.NoSuchProcess):
                process.rlimit(psutil.RLIMIT_AS, usual[process])
    assert all(one["exc_type"] == "MemoryError" for one in results), results
    before = {process.pid for process in pool}
    after = {process.pid for process in stack.pool()}
    assert before == after, f"the pool had the processes {before} and later {after}"
    return "two tasks failed with MemoryError, and the processes continued"


@fault(
    "a pool process exceeds its memory limit",
    "the worker replaces the process, and other tasks continue",
    kinds=("redis",),
)
def large_process(stack: Stack) -> str:
    before = {process.pid for process in stack.pool()}
    multiply_text(stack, "large-process", 6 * 10**8)
    gone = until(
        lambda: before - {process.pid for process in stack.pool()}, 30, "a new process"
    )
    return f"the worker replaced {len(gone)} of {len(before)} processes"


def multiply_text(stack: Stack, task: str, size: int) -> dict:
    """Run a task that allocates `size` bytes and fails. Return its error."""
    stack.python(
        "from taskrunner.celery import app\n"
        f"app.send_task('workflows.tasks.mul', ['x', {size}], task_id='{task}')"
    )
    ended = (
        "SELECT result FROM django_celery_results_taskresult "
        "WHERE task_id = ? AND status = 'FAILURE'"
    )
    ((result,),) = until(lambda: stack.rows(ended, task), 60, "the task ends")
    return json.loads(result)
