"""Accepted work ends exactly once, even if a process is killed at any point.

The points are before and after each SQL statement and each publication. At each point
in turn, the process is killed. Then the broker redelivers the message, and the search
for lost messages runs a few times.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest
from celery.app.trace import build_tracer
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.db.models import F
from django_celery_results.models import TaskResult
from kombu import Producer

from delivery.models import Message
from delivery.redeliver import redeliver
from jobs.tasks import sample_task
from taskrunner.celery import app
from workflows import runs
from workflows.models import Run
from workflows.testcases import example

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4  # searches for lost messages, 100 seconds apart: see later()


class Killed(BaseException):
    """Simulates SIGKILL: neither Celery nor Django catches this exception."""


@contextmanager
def killed_at(point: int, monkeypatch) -> Iterator[list[int]]:
    """Raise Killed at a point of the block. Yield a list with the number of points."""
    passed = [0]

    def step():
        passed[0] += 1
        if passed[0] == point + 1:
            raise Killed

    def around(execute, *args):
        step()
        result = execute(*args)
        step()
        return result

    publish = Producer.publish

    def published(*args, **kwargs):
        step()
        result = publish(*args, **kwargs)
        step()
        return result

    with monkeypatch.context() as patch, connection.execute_wrapper(around):
        patch.setattr(Producer, "publish", published)
        yield passed


def work() -> None:
    """Run the tasks in the queue like a worker with late acknowledgement."""
    with app.connection_for_read() as broker:
        while message := broker.default_channel.basic_get("celery"):
            task = app.tasks[message.headers["task"]]
            args, kwargs, embedded = message.payload
            request = {
                **message.headers,
                **embedded,
                "args": args,
                "kwargs": kwargs,
                "delivery_info": {"redelivered": False},
                "hostname": "celery@here",
            }
            try:
                trace = build_tracer(task.name, task, app=app)
                trace(message.headers["id"], args, kwargs, request)
            except Killed:
                message.requeue()
                raise
            message.ack()


def later() -> None:
    """Move all times in the database into the past, beyond every limit."""
    earlier = timedelta(seconds=100)

    def shift(*fields):
        return {field: F(field) - earlier for field in fields}

    Run.objects.update(**shift("created_at", "published_at"))
    Message.objects.update(**shift("created_at", "published_at", "begun_at"))
    TaskResult.objects.update(**shift("date_done"))


def crash_everywhere(accept: Callable[[], object], monkeypatch) -> Iterator[int]:
    """Kill the process at each point in turn. Recover, and yield the point's number."""
    for point in count():
        Run.objects.all().delete()
        Message.objects.all().delete()
        TaskResult.objects.all().delete()
        try:
            with killed_at(point, monkeypatch) as passed:
                accept()
                work()
        except Killed:
            connection.close()  # as the database does when a process dies
        if passed[0] <= point:
            assert point > 10  # otherwise, points are not counted
            return
        work()
        for _ in range(ROUNDS):
            later()
            redeliver("celery")
            work()
        later()
        assert redeliver("celery") == {"sent": 0, "given up": 0}
        yield point


@pytest.fixture(autouse=True)
def quick(settings):
    settings.STEP_SECONDS = 0


def test_a_run_ends_once_or_was_never_accepted(monkeypatch):
    def accept():
        runs.start("ESG-TC02", example("ESG-TC02"))

    unwritten = 0
    for point in crash_everywhere(accept, monkeypatch):
        found = list(Run.objects.full())
        unwritten += not found
        for run in found:
            assert run.state == "succeeded", point
            assert [step.result for step in run.stated_steps] == [2.0, 6.0], point
            assert run.ended_as == "succeeded", point
        assert TaskResult.objects.count() == 2 * len(found), point
    assert 1 <= unwritten <= 7  # killed before the commit


def test_a_job_ends_once_or_was_never_accepted(monkeypatch, capsys):
    unwritten = 0
    for point in crash_everywhere(sample_task.delay, monkeypatch):
        found = list(Message.objects.all())
        unwritten += not found
        for message in found:
            assert message.ended_at, point
            assert message.tries <= 2, point
        ends = TaskResult.objects.values_list("status", flat=True)
        assert list(ends) == ["SUCCESS"] * len(found), point
    assert 1 <= unwritten <= 3


def test_slow_publishing_of_the_next_step_does_not_fail_a_run(monkeypatch):
    """If the time limit interrupts publishing, redelivery continues the run."""

    def take_too_long(*_, **__):
        raise SoftTimeLimitExceeded

    runs.start("ESG-TC02", example("ESG-TC02"))
    with monkeypatch.context() as patch:
        patch.setattr(Producer, "publish", take_too_long)
        work()
    assert Run.objects.full().get().state == "running"
    assert not TaskResult.objects.filter(status="FAILURE").exists()
    later()
    assert redeliver("celery") == {"sent": 1, "given up": 0}
    work()
    assert Run.objects.full().get().state == "succeeded"


def test_a_step_that_takes_too_long_fails_its_run(monkeypatch):
    def take_too_long(_):
        raise SoftTimeLimitExceeded

    runs.start("ESG-TC02", example("ESG-TC02"))
    monkeypatch.setattr("workflows.operations.time.sleep", take_too_long)
    work()
    assert Run.objects.full().get().state == "failed"
