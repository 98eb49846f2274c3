"""The sites under load: the application, and a minimal tutorial application."""

import contextlib
import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
from kombu import Connection
from redis import Redis

from sprout.broker import Broker, free_port
from sprout.process import Process
from tools.faults.stack import Stack
from tools.processes import main_process
from tools.waiting import until

ORIGINAL = Path(__file__).parent / "original"
FORM = {"testcase": "ESG-TC02", "job_data": '{"div": [4, 2], "mul": [3]}'}
PROGRAMS = ["web", "worker", "slow", "beat", "camera", "flower"]


@dataclass
class Site:
    """A site that starts runs, and functions that measure its progress."""

    port: int
    waiting: Callable[[], int]  # returns the number of queued tasks
    finished: Callable[[], int]  # returns the number of succeeded runs
    programs: dict[str, psutil.Process]
    asked: int = 0

    def call(self, method: str, query: str = "", body: str = "") -> tuple[int, Any]:
        """Send one request on a new connection, as curl does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request(method, f"/{query}", body or None, kind if body else {})
            with connection.getresponse() as answer:
                return answer.status, json.loads(answer.read())

    def start(self) -> list[str]:
        """Start a run, and return the ids of its tasks."""
        code, ids = self.call("POST", body=urlencode(FORM))
        assert code in (200, 202), f"{code}: {ids}"
        self.asked += 1
        return ids

    def states(self, ids: list[str]) -> dict[str, str]:
        """Return the states of a run's tasks."""
        code, states = self.call("GET", "?" + urlencode({"task_list": json.dumps(ids)}))
        assert code == 200, states
        return states

    def wait(self, seconds: float = 600) -> None:
        """Wait until all runs have succeeded. Raise AssertionError after `seconds`."""
        deadline = time.monotonic() + seconds
        while self.finished() < self.asked:
            assert time.monotonic() < deadline, f"runs unfinished after {seconds} s"
            time.sleep(0.2)


@contextmanager
def application(
    stack: Stack, running: list[str] = PROGRAMS, **instead: psutil.Process
) -> Iterator[Site]:
    """Yield the application on a stack.

    running: the programs of supervisord.conf that are running.
    instead: the processes that replace some of these programs.
    """
    names = running + (["redis"] if stack.kind == "redis" else [])

    def finished() -> int:
        return stack.rows(
            "SELECT COUNT(*) FROM workflows_step s "
            "JOIN django_celery_results_taskresult t ON t.task_id = s.task_id "
            "WHERE s.position = 1 AND t.status = 'SUCCESS'"
        )[0][0]

    with Connection(stack.env["CELERY_BROKER_URL"]) as connection:
        channel = connection.default_channel

        def waiting() -> int:
            # On Redis, an empty queue has no key, and queue_declare() would fail.
            if hasattr(channel, "client"):
                return channel.client.llen("celery")
            return channel.queue_declare("celery", passive=True).message_count

        programs = {name: instead.get(name) or stack.process(name) for name in names}
        yield Site(stack.port, waiting, finished, programs, finished())


@contextmanager
def original() -> Iterator[Site]:
    """Yield the tutorial application: a view, a worker and a Redis server."""
    port = free_port()
    with Broker() as broker, Redis(port=broker.port, db=1) as results:
        env = {
            "CELERY_BROKER_URL": broker.url(0),
            "CELERY_RESULT_BACKEND": broker.url(1),
        }
        runserver = ["python", "-u", "manage.py", "runserver", "--noreload", str(port)]
        worker = ["celery", "-A", "taskrunner", "worker", "-l", "info"]
        with (
            Process(runserver, cwd=ORIGINAL, env=env) as web,
            Process(worker, cwd=ORIGINAL, env=env) as tasks,
            Redis(port=broker.port) as queue,
        ):
            until(lambda: " ready." in tasks.log(), 60, "the worker is ready")
            until(lambda: "Quit the server" in web.log(), 60, "runserver is ready")

            def finished() -> int:
                keys = results.keys("celery-task-meta-*")
                found = [json.loads(value) for value in results.mget(keys) if value]
                return sum(one["status"] == "SUCCESS" for one in found) // 2

            programs = {
                "web": main_process(web),
                "worker": main_process(tasks),
                "redis": psutil.Process(queue.info()["process_id"]),
            }
            yield Site(port, lambda: queue.llen("celery"), finished, programs)
