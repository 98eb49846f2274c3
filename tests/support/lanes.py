"""The two lanes of the suite: `make check` runs the fast one, `make test` runs both.

A marker puts a test into the slow lane and says why. A test without one may not start
a process: the audit hook below makes it fail. `pytest --fast` leaves the slow lane out.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import settings

SLOW = {
    "stack": "starts a broker, a worker or the application",
    "browser": "drives a browser",
    "replay": "runs what a page shows again",
    "notebook": "runs the cells of a notebook",
    "fault": "breaks the application's processes",
}
COMMAND = "command"  # starts a program that ends at once; stays in the fast lane

STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}


class UnmarkedProcessError(Exception):
    """A test of the fast lane has started a process."""


class _Guard:
    """Which test runs now, if it may not start a process."""

    test = ""

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.test and event in STARTS:
            raise UnmarkedProcessError(
                f"{self.test} starts a process ({event}: {arguments[:1]}). "
                f"Mark the test: {', '.join(SLOW)}, or {COMMAND} if it ends at once."
            )


_guard = _Guard()
sys.addaudithook(_guard)


@contextmanager
def processes_allowed() -> Iterator[None]:
    """Let a fixture start what the tests of the fast lane do without."""
    test, _guard.test = _guard.test, ""
    try:
        yield
    finally:
        _guard.test = test


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--fast`."""
    parser.addoption("--fast", action="store_true", help="leave the slow lane out")


def is_slow(item: pytest.Item) -> bool:
    """Return whether a marker puts a test into the slow lane."""
    return any(item.get_closest_marker(name) for name in SLOW)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Begin with the site's tests, which last longest; leave out the slow lane on wish.

    pytest-django sorts what needs a database to the front.
    """
    items.sort(key=lambda item: "docs" not in item.path.parts)
    if config.getoption("--fast"):
        slow = [item for item in items if is_slow(item)]
        items[:] = [item for item in items if not is_slow(item)]
        config.hook.pytest_deselected(items=slow)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and how long hypothesis may search."""
    # An example may take as long as a busy machine needs.
    settings.register_profile("full", deadline=None)
    settings.register_profile("fast", deadline=None, max_examples=5)
    settings.load_profile("fast" if config.getoption("--fast") else "full")
    for name, why in SLOW.items():
        config.addinivalue_line("markers", f"{name}: slow lane, {why}")
    config.addinivalue_line("markers", f"{COMMAND}: fast lane, runs a short command")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Watch a test without a marker, with the set-up of its fixtures."""
    allowed = is_slow(item) or item.get_closest_marker(COMMAND)
    _guard.test = "" if allowed else item.nodeid
    try:
        return (yield)
    finally:
        _guard.test = ""
