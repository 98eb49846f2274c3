"""Bugs in Celery, kombu and py-amqp that delivery/ works around.

Some tests reproduce a bug with the library alone, and fail when the bug is fixed
upstream. The other tests show that our workarounds avoid the bugs.
"""

import subprocess
import sys
import time
from inspect import signature
from pathlib import Path

import psutil
import pytest
from celery import Celery
from django.db import connection
from django_celery_results.models import TaskResult
from kombu import Connection, Exchange, Queue
from kombu.transport.redis import Channel
from kombu.transport.redis import Transport as KombuRedis

from delivery.broker import OperationalError, publishing
from delivery.models import FinalResult
from delivery.queues import QUEUES
from delivery.transport import RedisTransport
from sprout.broker import free_port
from sprout.loopback import urlopen
from sprout.process import SCRIPTS, Process
from sprout.redis_server import find_server
from taskrunner.celery import app
from tests.support.application import site
from tests.support.drf_api import connect_to, redis_client
from tools.waiting import until

PROGRAMS = Path(__file__).parent / "programs"
RUN = {"testcase": "ESG-TC02", "job_data": {"div": [4, 2], "mul": [3]}}


def publish_after_flush(url: str, transport, queue: Queue) -> int:
    """Publish after a FLUSHDB. Return the number of messages in the queue."""
    with Connection(url, transport=transport) as connection:
        producer = connection.Producer()
        more = {"exchange": queue.exchange, "routing_key": "tasks.mail"}
        producer.publish({}, declare=[queue], **more)
        connection.default_channel.client.flushdb()
        producer.publish({}, declare=[queue], **more)
        return connection.default_channel._size(queue.name)


@pytest.mark.stack
class TestLostBindings:
    def test_kombu_silently_drops_messages(self, broker):
        assert publish_after_flush(broker.url(8), KombuRedis, QUEUES[0]) == 0

    def test_our_channel_reads_the_bindings_from_the_code(self, broker):
        assert publish_after_flush(broker.url(8), RedisTransport, QUEUES[0]) == 1

    def test_bindings_of_other_exchanges_come_from_redis(self, broker):
        other = Queue("other", Exchange("other", "topic"), routing_key="tasks.#")
        with Connection(broker.url(8), transport=RedisTransport) as connection:
            producer = connection.Producer()
            producer.publish(
                {}, exchange=other.exchange, routing_key="tasks.x", declare=[other]
            )
            assert connection.default_channel._size("other") == 1
            connection.default_channel.client.flushdb()

    @pytest.mark.django_db(transaction=True)
    def test_an_accepted_run_is_on_its_queue(self, api, broker, published):
        assert api.post("/api/runs/", RUN).status_code == 202
        with redis_client(broker) as client:
            client.flushdb()
        assert api.post("/api/runs/", RUN).status_code == 202
        assert published() == 1

    def test_kombu_still_has_the_overridden_method(self):
        assert list(signature(Channel.get_table).parameters) == ["self", "exchange"]


def restored(url: str, transport) -> tuple[int, int]:
    """Restore a dead worker's message.

    Returns the number of queued messages and the number of unacknowledged messages.
    """
    queue = QUEUES[0]
    with (
        Connection(url, transport=transport) as dead,
        Connection(url, transport=transport) as other,
    ):
        more = {"exchange": queue.exchange, "routing_key": "tasks.mail"}
        dead.Producer().publish({}, declare=[queue], **more)
        held = dead.default_channel.basic_get(queue.name)
        redis = other.default_channel.client
        redis.zadd("unacked_index", {held.delivery_tag: 0})  # beyond the timeout
        other.default_channel.qos.restore_visible()
        counts = redis.llen(queue.name), redis.hlen("unacked")
        redis.flushdb()
        return counts


@pytest.mark.stack
class TestRestoredMessage:
    """The worker that restores a message has not declared the exchange."""

    def test_kombu_silently_drops_the_message(self, broker):
        assert restored(broker.url(8), KombuRedis) == (0, 0)

    def test_our_channel_restores_it_to_its_queue(self, broker):
        assert restored(broker.url(8), RedisTransport) == (1, 0)


class TestAttributeErrorWhilePublishing:
    """publishing() converts an AttributeError only if a library raised it."""

    @pytest.mark.parametrize(
        "library", ["amqp.connection", "kombu.pools", "celery.app"]
    )
    def test_an_error_of_the_libraries_is_an_unreachable_broker(self, library):
        with pytest.raises(OperationalError, match="'NoneType'"), publishing():
            exec("None.send()", {"__name__": library})  # noqa: S102

    @pytest.mark.parametrize("module", ["jobs.tasks", "kombucha.pools"])
    def test_an_error_of_our_code_is_raised_unchanged(self, module):
        with pytest.raises(AttributeError), publishing():
            exec("None.send()", {"__name__": module})  # noqa: S102


@pytest.mark.stack
def test_a_redis_that_evicts_is_not_ready(client, broker, monkeypatch, tmp_path):
    port = free_port()
    command = [find_server(SCRIPTS), "--port", port, "--bind", "127.0.0.1"]
    command += ["--save", "", "--maxmemory", "1gb", "--dir", tmp_path]
    command += ["--maxmemory-policy", "allkeys-lru"]
    with Process([str(word) for word in command]) as redis:
        until(lambda: "Ready to accept" in redis.log())
        connect_to(f"redis://127.0.0.1:{port}/0", monkeypatch)
        try:
            # On a busy machine, Redis may respond after the time limit of readyz.
            until(lambda: "allkeys-lru" in client.get("/readyz").text)
            assert client.get("/readyz").status_code == 503
        finally:
            connect_to(broker.url(9), monkeypatch)


@pytest.mark.stack
def test_py_amqp_waits_without_limit_for_a_blocking_broker(rabbitmq):
    program = Path(__file__).with_name("programs") / "blocked.py"
    rabbitmq.set_memory_limit(0.0000001)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run([sys.executable, program, rabbitmq.url], timeout=20)
    finally:
        rabbitmq.set_memory_limit(0.4)


@pytest.mark.stack
def test_rabbitmq_with_an_alarm_is_503_within_seconds(rabbitmq, tmp_path):
    """RabbitMQ does not read during an alarm, so py-amqp alone would wait forever."""
    with site(rabbitmq.url, tmp_path) as served:

        def start() -> int:
            return served.call("/api/runs/", RUN)[0]

        assert start() == 202
        rabbitmq.set_memory_limit(0.0000001)
        try:
            until(lambda: start() == 503, 30)
            began = time.monotonic()
            # Send more requests than a web process has threads.
            assert [start() for _ in range(10)] == [503] * 10
            assert time.monotonic() - began < 30
            with urlopen(f"{served.address}/healthz", timeout=20) as answer:
                assert answer.status == 200
        finally:
            rabbitmq.set_memory_limit(0.4)
        until(lambda: start() == 202, 30)


def ended(task, status: str):
    """Return a function that returns True if a task has ended with this status."""
    return TaskResult.objects.filter(task_id=task.id, status=status).exists


@pytest.mark.stack
class TestMemoryError:
    def test_celery_stops_the_worker_and_keeps_the_message(self, broker, broker_url):
        command = ["celery", "-A", "out_of_memory", "worker", "-c", "1"]
        env = {"CELERY_BROKER_URL": broker_url}
        with Process(command, cwd=PROGRAMS, env=env) as worker:
            Celery(broker=broker_url).send_task("out_of_memory.fail")
            assert worker.wait(30) == 1
            assert "Unrecoverable error: MemoryError" in worker.log()
        with redis_client(broker) as client:
            assert client.llen("celery") + client.hlen("unacked") == 1

    @pytest.mark.django_db(transaction=True)
    def test_our_worker_continues(self, shared_stack):
        with shared_stack.worker("-c", "1") as worker:
            failing = app.send_task("workflows.tasks.mul", ["x", 10**15])
            until(ended(failing, "FAILURE"))
            assert "MemoryError" in TaskResult.objects.get(task_id=failing.id).result
            until(ended(app.tasks["workflows.tasks.add"].delay(1, 1), "SUCCESS"))
            assert "Unrecoverable" not in worker.log()


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_a_worker_keeps_its_database_connection(shared_stack):
    with shared_stack.worker("-c", "1", DEBUG="1") as worker:
        for _ in range(3):
            sent = app.tasks["workflows.tasks.add"].delay(1, 1)
            until(ended(sent, "SUCCESS"))
        below = psutil.Process(worker.leash_pid).children(recursive=True)
        (pool,) = [process for process in below if not process.children()]
        files = [each.path for each in pool.open_files()]
    # Without CELERY_DB_REUSE_MAX, Celery closes the connection after each task.
    assert any("sqlite3" in path for path in files) or connection.vendor != "sqlite"


def test_the_statement_that_stores_a_result_names_every_column():
    """Fails if a new version of django-celery-results adds a column."""
    columns = {field.column for field in TaskResult._meta.concrete_fields}
    assert columns == {
        "id",
        "task_id",
        "periodic_task_name",
        "task_name",
        "task_args",
        "task_kwargs",
        "status",
        "worker",
        "content_type",
        "content_encoding",
        "result",
        "date_created",
        "date_started",
        "date_done",
        "traceback",
        "meta",
    }
    assert FinalResult._meta.db_table == TaskResult._meta.db_table
