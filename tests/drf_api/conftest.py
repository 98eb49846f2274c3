"""Fixtures for anonymous clients and users, a broker, and worker processes."""

import os
from unittest import mock
from urllib.parse import urlsplit, urlunsplit

import pytest
from amqp.exceptions import ChannelError
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.management.commands import flush
from django.db import connections, transaction
from django.test import override_settings
from kombu.transport import memory
from rest_framework.test import APIClient

from taskrunner.celery import app
from tests.support.application import Stack, empty_database
from tests.support.drf_api import connect_to, make_unreachable, redis_client, reload
from tests.support.lanes import processes_allowed
from workflows import runs
from workflows.models import Run
from workflows.testcases import example


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Use a fast password hasher, because Django's default hasher is slow by design."""
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]
    ):
        yield


@pytest.fixture(autouse=True)
def broker_url(request, monkeypatch) -> str:
    """Publish to a broker without workers, and return its URL.

    The broker is a Redis server or, with `pytest --fast`, kombu's in-memory transport,
    because fast tests must not start a process.
    """
    cache.clear()  # the counts of the throttles
    if request.config.getoption("--fast"):
        memory.Transport.global_state.clear()
        memory.Channel.queues.clear()
        url = "memory://"
    else:
        with processes_allowed():
            redis = request.getfixturevalue("redis")
        with redis_client(redis) as client:
            client.flushdb()
        url = redis.url(9)
    if app.conf.broker_url != url:
        connect_to(url, monkeypatch)
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    return url


@pytest.fixture
def broker(broker_url, redis):
    """Return the Redis server, for tests that --fast skips."""
    return redis


@pytest.fixture
def published():
    """Return a function that counts the messages in the default queue."""

    def count() -> int:
        with app.connection_for_read() as connection:
            try:
                return connection.default_channel.queue_declare(
                    "celery", passive=True
                ).message_count
            except ChannelError:  # the queue is not declared yet
                return 0

    return count


@pytest.fixture
def no_broker(monkeypatch, broker_url):
    """Make the broker unreachable. Return a function that restores the connection."""
    make_unreachable(monkeypatch)
    yield lambda: connect_to(broker_url, monkeypatch)
    connect_to(broker_url, monkeypatch)


@pytest.fixture
def break_broker(monkeypatch, broker_url):
    """Return a function that makes the broker unreachable."""
    yield lambda: make_unreachable(monkeypatch)
    connect_to(broker_url, monkeypatch)


@pytest.fixture
def stack(broker, tmp_path):
    """Return a Stack whose processes use the test's broker and an empty database."""
    return Stack(broker.url(9), empty_database(tmp_path), STEP_SECONDS="0.2")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory, django_db_modify_db_settings_parallel_suffix
):
    """Store SQLite's test database in a file, so that worker processes can open it."""
    database = connections["default"].settings_dict
    if database["ENGINE"] == "django.db.backends.sqlite3":
        folder = tmp_path_factory.mktemp("database")
        database["TEST"]["NAME"] = str(folder / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Restore the rows of a new database after each test without a transaction.

    Django deletes all rows after such a test, and creates content types and permissions
    again one by one. That takes longer than most tests.
    """
    with django_db_blocker.unblock():
        created = {model: list(model.objects.all()) for model in apps.get_models()}

    def restore(*_, **__):
        with transaction.atomic():  # Foreign keys are checked at the end.
            for model, rows in created.items():
                model.objects.bulk_create(rows)

    with mock.patch.object(flush, "emit_post_migrate_signal", restore):
        yield


@pytest.fixture
def shared_stack(broker, transactional_db):
    """Return a Stack whose processes use the test's broker and database."""
    database = connections["default"].settings_dict
    if database["ENGINE"] == "django.db.backends.sqlite3":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = urlsplit(os.environ["DATABASE_URL"])
        url = urlunsplit(url._replace(path=f"/{database['NAME']}"))
    return Stack(broker.url(9), url, STEP_SECONDS="0.2")


@pytest.fixture
def api() -> APIClient:
    """Return an API client that is not logged in."""
    return APIClient()


def user(name: str, **more):
    return get_user_model().objects.create_user(name, password="a-Long-pass-1", **more)


@pytest.fixture
def owner(db):
    return user("owner")


@pytest.fixture
def stranger(db):
    return user("stranger")


@pytest.fixture
def staff(db):
    return user("staff", is_staff=True)


@pytest.fixture
def login_required(settings):
    settings.LOGIN_REQUIRED = True


@pytest.fixture
def new_run(db, django_capture_on_commit_callbacks):
    """Return a function that starts a run."""

    def start(testcase="ESG-TC02", owner=None, **more) -> Run:
        with django_capture_on_commit_callbacks(execute=True):
            run = runs.start(testcase, example(testcase), owner, **more)
        return reload(run)

    return start
