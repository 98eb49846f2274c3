"""The cast: nobody, an owner, a stranger and staff; a broker, and workers to start."""

import os
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connections
from django.test import override_settings
from rest_framework.test import APIClient

from sprout.broker import Broker
from taskrunner.celery import app
from tests.support.application import Stack, empty_database
from tests.support.drf_api import again, connect_to, redis_client, take_away
from workflows import runs
from workflows.models import Run
from workflows.testcases import example


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Hash passwords at once; Django's own hasher takes its time on purpose."""
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]
    ):
        yield


@pytest.fixture(autouse=True)
def broker(redis: Broker, monkeypatch):
    """Publish to a broker of our own, which nobody reads."""
    cache.clear()  # the throttles' counts
    if app.conf.broker_url != redis.url(9):
        connect_to(redis.url(9), monkeypatch)
    monkeypatch.setenv("CELERY_BROKER_URL", redis.url(9))
    with redis_client(redis) as client:
        client.flushdb()
    return redis


@pytest.fixture
def published(broker):
    """Return a function that counts the messages that wait for a worker."""

    def count() -> int:
        with redis_client(broker) as client:
            return client.llen("celery")

    return count


@pytest.fixture
def no_broker(monkeypatch, broker):
    """Have no broker; return a function that brings it back."""
    take_away(monkeypatch)
    yield lambda: connect_to(broker.url(9), monkeypatch)
    connect_to(broker.url(9), monkeypatch)


@pytest.fixture
def break_broker(monkeypatch, broker):
    """Return a function that takes the broker away."""
    yield lambda: take_away(monkeypatch)
    connect_to(broker.url(9), monkeypatch)


@pytest.fixture
def stack(broker, tmp_path):
    """Processes on the test's broker, with an empty database of their own."""
    return Stack(broker.url(9), empty_database(tmp_path), STEP_SECONDS="0.2")


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
def shared_stack(broker, transactional_db):
    """Processes on the test's broker and on the test's own database."""
    database = connections["default"].settings_dict
    if database["ENGINE"] == "django.db.backends.sqlite3":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = urlsplit(os.environ["DATABASE_URL"])
        url = urlunsplit(url._replace(path=f"/{database['NAME']}"))
    return Stack(broker.url(9), url, STEP_SECONDS="0.2")


@pytest.fixture
def api() -> APIClient:
    """A program that calls the API without logging in."""
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
        return again(run)

    return start
