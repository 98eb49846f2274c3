"""Real brokers and real workers for the tests that want them."""

import contextlib
import os
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

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
def real_broker():
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

    def __init__(self, url, database):
        self.processes = {}
        self.env = environment(
            {
                "CELERY_BROKER_URL": url,
                "DATABASE_URL": database,
                "STEP_SECONDS": "0.2",
                "PYTHONUNBUFFERED": "1",  # the camera's prints, as they come
            }
        )
        self.running = contextlib.ExitStack()

    def celery(self, name, *arguments):
        """Start `celery -A taskrunner ARGUMENTS`, as the reader does."""
        command = ["celery", "-A", "taskrunner", *arguments]
        process = Process(command, cwd=PROJECT, env=self.env, grace=10)
        self.processes[name] = self.running.enter_context(process)
        return process

    def worker(self, name="worker", *options):
        """Start a worker and wait until it is ready."""
        worker = self.celery(
            name, "worker", "-l", "info", "-n", f"{name}@test", *options
        )
        until(lambda: " ready." in self.log(name))
        return worker

    def log(self, name):
        """Return what a process has printed."""
        return self.processes[name].log()

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
def stack(real_broker, tmp_path):
    """Real workers on the test's broker, with nothing but an empty database file."""
    stack = Stack(real_broker.url(), f"sqlite:///{tmp_path}/db.sqlite3")
    with stack.running:
        yield stack


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory, django_db_modify_db_settings_parallel_suffix
):
    """Keep SQLite's test database in a file, where worker processes find it too."""
    database = connections["default"].settings_dict
    if database["ENGINE"] == "django.db.backends.sqlite3":
        folder = tmp_path_factory.mktemp("database")
        database["TEST"]["NAME"] = str(folder / "test.sqlite3")


@pytest.fixture
def shared_stack(real_broker, transactional_db):
    """Real workers on the test's broker and on the test's own database."""
    database = connections["default"].settings_dict
    if database["ENGINE"] == "django.db.backends.sqlite3":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = urlsplit(os.environ["DATABASE_URL"])
        url = urlunsplit(url._replace(path=f"/{database['NAME']}"))
    stack = Stack(real_broker.url(), url)
    with stack.running:
        yield stack
