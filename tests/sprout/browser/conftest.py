"""Fixtures: the broker of a page, and this process as a client of the broker."""

import itertools

import pytest
from kombu import pools

from sprout.browser import link, process
from tests.support.page import page as serve

NUMBERS = itertools.count(1)


@pytest.fixture
def page():
    """The broker of a page, served over HTTP."""
    with serve() as page:
        yield page


@pytest.fixture
def client(page, monkeypatch):
    """Make this process a client of the page, and return its name."""
    name = f"client{next(NUMBERS)}"
    for key, value in page.environment(name).items():
        monkeypatch.setenv(key, value)
    for key in ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"):
        # process.prepare() sets this variable. monkeypatch restores it after the test.
        monkeypatch.setenv(key, "")
    monkeypatch.setattr(link, "_link", None)
    process.prepare()
    yield name
    pools.reset()  # The pools contain connections to this page.
    page.release(name)
