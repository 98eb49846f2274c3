"""Real brokers and real workers for the tests that want them."""

import contextlib
import subprocess
import time
from pathlib import Path

import pytest
from django.db import connections
from kombu import pools

from sprout.broker import Broker
from sprout.process import Process, environment
from taskrunner.celery import app

PROJECT = Path(__file__).parents[2] / "drf_api"


def until(condition, seconds=30.0):
    """Return the condition's first true answer; fail when the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


@contextlib.contextmanager
def celery_uses(url):
    """Make this process a client of the broker at `url`."""

    def forget():
        pools.reset()
        app._pool = app.amqp._producer_pool = None

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELERY_BROKER_URL", url)
        forget()
        yield
        forget()


@pytest.fixture
def broker():
    """A real broker, which this process and its workers use."""
    with Broker() as redis, celery_uses(redis.url()):
        yield redis


@pytest.fixture
def no_broker():
    """A broker's address at which nothing listens."""
    with celery_uses("redis://127.0.0.1:1/0"):
        yield


class Stack:
    """Processes of the project, on one broker and on a database file of their own."""

    def __init__(self, url, folder, database):
        self.folder = folder
        self.env = environment(
            {"CELERY_BROKER_URL": url, "DATABASE_URL": database, "STEP_SECONDS": "0.2"}
        )
        self.running = contextlib.ExitStack()

    def celery(self, name, *arguments):
        """Start `celery -A taskrunner ARGUMENTS`, as the reader does."""
        with (self.folder / f"{name}.log").open("wb") as output:
            return self.running.enter_context(
                Process(
                    ["celery", "-A", "taskrunner", *arguments],
                    cwd=PROJECT,
                    env=self.env,
                    output=output,
                )
            )

    def worker(self, name="worker", *options):
        """Start a worker and wait until it is ready."""
        worker = self.celery(
            name, "worker", "-l", "info", "-n", f"{name}@test", *options
        )
        until(lambda: " ready." in self.log(name))
        return worker

    def log(self, name):
        """Return what a process has printed."""
        return (self.folder / f"{name}.log").read_text()

    def manage(self, *arguments):
        """Run `python manage.py ARGUMENTS`."""
        return subprocess.run(
            ["python", "manage.py", *arguments],
            cwd=PROJECT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def stack(broker, tmp_path):
    """Real workers on the test's broker, with nothing but an empty database file."""
    stack = Stack(broker.url(), tmp_path, f"sqlite:///{tmp_path}/db.sqlite3")
    with stack.running:
        yield stack


@pytest.fixture
def shared_stack(broker, tmp_path, transactional_db):
    """Real workers on the test's broker and on the test's own database."""
    name = connections["default"].settings_dict["NAME"]
    stack = Stack(broker.url(), tmp_path, f"sqlite:///{name}")
    with stack.running:
        yield stack
