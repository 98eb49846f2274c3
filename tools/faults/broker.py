"""Broker faults: a killed, unreachable or silent broker, and lost or bad messages."""

import base64
import json
import signal
import time
from functools import partial

from kombu import Connection

from sprout.loopback import urlopen
from tools.faults.fault import fault
from tools.faults.load import Client
from tools.faults.stack import Stack, suspended
from tools.faults.workers import busy
from tools.waiting import until


@fault(
    "the broker is killed three times",
    "queued messages survive, and clients get 503 until the broker is back",
    refused=True,
)
def kill_broker(stack: Stack) -> str:
    """Kill the broker twice while messages wait, and once while steps run."""
    stack.supervisor.stopProcess("worker")
    try:
        until(lambda: len(stack.waiting()) > 5, 60, "messages wait")
        first, second = keep_messages(stack), keep_messages(stack)
    finally:
        stack.supervisor.startProcess("worker")
    busy(stack)
    stack.kill_broker()
    stack.start_broker()
    stack.wait_until_ready()
    return (
        f"all queued messages survived: {first} in the first crash, {second} in the "
        "second crash"
    )


def keep_messages(stack: Stack) -> int:
    """Kill and restart the broker. Return the number of surviving messages."""
    before = stack.waiting().keys()
    stack.kill_broker()
    stack.start_broker()
    until(
        lambda: before <= stack.waiting().keys(), 60, f"{len(before)} messages survive"
    )
    return len(before)


@fault(
    "the broker is unreachable for ten seconds while clients start runs",
    "clients get 503 with Retry-After, no run is left incomplete, and a later request "
    "with the same key succeeds",
    refused=True,
    quick=True,
)
def broker_unreachable(stack: Stack) -> str:
    client = Client(stack.site)
    key = f"away-{time.time()}"
    row = (
        "SELECT sent, publish_error <> '' FROM workflows_run WHERE idempotency_key = ?"
    )
    stack.stop_broker()
    try:
        refused = client.run(key=key)
        ((sent, marked),) = stack.rows(row, key)
        assert (sent, bool(marked)) == (0, True)
        time.sleep(10)
    finally:
        if stack.kind == "redis":
            stack.supervisor.startProcess("redis")
        else:
            stack.start_broker()
    stack.wait_until_ready()
    later = client.run(key=key)
    assert (refused.code, later.code) == (503, 202)
    ((sent, marked),) = stack.rows(row, key)
    assert (sent, bool(marked)) == (1, False)
    return (
        f"a request received {refused.code} after {refused.seconds:.1f} s, and a later "
        f"request with the same key received {later.code}"
    )


@fault(
    "a worker dies while Redis delivers its messages",
    "the lost steps and jobs are found and sent again",
    kinds=("redis",),
    quick=True,
)
def lose_messages(stack: Stack) -> str:
    """Remove the waiting messages, as if Redis had sent them to a dead worker."""
    with (
        suspended(stack.process("worker")),  # so that the queue grows
        Connection(stack.env["CELERY_BROKER_URL"]) as connection,
    ):
        client = connection.default_channel.client

        def waiting() -> dict[bytes, str]:
            found = client.lrange("celery", 0, -1)
            names = {one: json.loads(one)["headers"]["task"] for one in found}
            # Keep only steps and jobs, because beat sends its tasks to the same queue.
            ours = ("workflows.tasks.", "jobs.tasks.")
            return {one: name for one, name in names.items() if name.startswith(ours)}

        both = {"workflows.tasks.div", "jobs.tasks.lazy_job"}
        until(lambda: both <= set(waiting().values()), 30, "steps and jobs wait")
        lost = sum(client.lrem("celery", 1, message) for message in waiting())
    return f"{lost} messages were lost"


@fault(
    "the broker accepts connections, but does not respond for 15 seconds",
    "clients get 503 after a bounded wait",
    refused=True,
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
    return f"a request received {asked.code} after {asked.seconds:.1f} s"


@fault(
    "FLUSHALL empties Redis while clients start runs",
    "new tasks run immediately, and the lost messages are found and sent again",
    kinds=("redis",),
)
def flush(stack: Stack) -> str:
    """Delete all messages and bindings in Redis while messages are waiting."""
    client = Client(stack.site)
    with (
        suspended(stack.process("worker")),  # so that the queue grows
        Connection(stack.env["CELERY_BROKER_URL"]) as connection,
    ):
        until(lambda: len(stack.waiting()) > 5, 60, "messages wait")
        lost = len(stack.waiting())
        connection.default_channel.client.flushall()
        asked = client.run()
        arrived = len(stack.waiting())
    assert asked.code == 202
    assert arrived > 0, "a run accepted after the flush is not in the queue"
    return f"{lost} messages were lost, and a run accepted later was in the queue"


@fault(
    "RabbitMQ has a memory alarm for ten seconds",
    "clients get 503 within seconds, and the health check stays 200",
    kinds=("rabbitmq",),
    refused=True,
)
def memory_alarm(stack: Stack) -> str:
    """Raise a memory alarm, so that RabbitMQ stops reading from publishers."""
    client = Client(stack.site)
    stack.rabbitmq.set_memory_limit(0.0000001)
    try:
        refused = until(lambda: refusal(client), 30, "a run is refused")
        begin = time.monotonic()
        slowest = refused.seconds
        while time.monotonic() - begin < 10:
            slowest = max(slowest, client.run().seconds)
            with urlopen(f"{stack.site}/healthz", timeout=5) as answer:
                assert answer.status == 200
    finally:
        stack.rabbitmq.set_memory_limit(0.4)
    stack.wait_until_ready()
    assert slowest < 10, slowest
    return f"requests received {refused.code} after at most {slowest:.1f} s"


def refusal(client: Client):
    """Start a run. Return the response if its status is 503."""
    asked = client.run()
    return asked if asked.code == 503 else None


# The log lines for the four messages of garbage(), in order.
TRACES = {
    "redis": (
        "JSONDecodeError: Expecting value: line 1 column 1",
        "Can't decode message body",
        "Received unregistered task of type 'no.such.task'",
        "workflows.tasks.add[large] raised",
    ),
    "rabbitmq": (
        "encoding:'utf-8' headers:{}]",
        "encoding:'utf-8' headers:{'task': 'workflows.tasks.add', 'id': 'broken'}]",
        "Received unregistered task of type 'no.such.task'",
        "workflows.tasks.add[large] raised",
    ),
}


@fault(
    "the queue contains malformed messages",
    "malformed messages are logged and dropped, and other tasks run. On Redis, a "
    "message that is not JSON makes the worker exit, and supervisor restarts the "
    "worker",
)
def garbage(stack: Stack) -> str:
    """Publish invalid JSON, a broken body, an unknown task, and 20 MB of arguments."""
    before, begin = stack.process("worker"), len(stack.log("worker"))
    with Connection(stack.env["CELERY_BROKER_URL"]) as connection:
        channel = connection.default_channel
        if stack.kind == "redis":
            channel.client.lpush("celery", "this is no JSON")
            message = channel.prepare_message(
                base64.b64encode(b"{broken").decode(),
                content_type="application/json",
                content_encoding="utf-8",
                headers={"task": "workflows.tasks.add", "id": "broken"},
                properties={
                    "delivery_info": {"exchange": "", "routing_key": "celery"},
                    "delivery_tag": "broken",
                    "body_encoding": "base64",
                },
            )
            channel.client.lpush("celery", json.dumps(message))
        else:
            producer = connection.Producer()
            for headers in ({}, {"task": "workflows.tasks.add", "id": "broken"}):
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
        "app.send_task('workflows.tasks.add', ['x' * 20_000_000, 'y'],"
        " task_id='large')"
    )
    for task in ("unknown", "large"):
        until(partial(has_failed, stack, task), 90, task)
    for trace in TRACES[stack.kind]:
        until(partial(has_logged, stack, trace, begin), 60, trace)
    stack.wait_until_ready()
    lives = stack.process("worker") == before
    assert lives == (stack.kind == "rabbitmq")
    return "the worker continued" if lives else "the worker exited and was restarted"


def has_failed(stack: Stack, task: str) -> bool:
    query = "SELECT status FROM django_celery_results_taskresult WHERE task_id = ?"
    return stack.rows(query, task) == [("FAILURE",)]


def has_logged(stack: Stack, text: str, begin: int) -> bool:
    return text in stack.log("worker")[begin:]
