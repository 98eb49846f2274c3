"""The two lanes of the suite: `make check` runs the fast lane, `make test` runs both.

A marker puts a test into the slow lane and names the reason. The audit hook below fails
a test without a marker if the test starts a process. `pytest --fast` skips the slow
lane.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import settings

SLOW = {
    "stack": "starts a broker, a worker or the application",
    "browser": "drives a browser",
    "replay": "repeats the commands of a page and compares the output",
    "notebook": "runs the cells of a notebook",
    "fault": "injects faults into the application's processes",
}
# The marker of tests in the fast lane that run a short command.
COMMAND = "command"

STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}


class UnmarkedProcessError(Exception):
    """A test without a marker has started a process."""


class _Guard:
    """The audit hook. `test` is set if the running test must not start a process."""

    test = ""

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.test and event in STARTS:
            raise UnmarkedProcessError(
                f"{self.test} starts a process ({event}: {arguments[:1]}). "
                f"Mark the test with {', '.join(SLOW)}, or {COMMAND} (short command)."
            )


_guard = _Guard()
sys.addaudithook(_guard)


@contextmanager
def processes_allowed() -> Iterator[None]:
    """Allow a fixture to start processes during the block."""
    test, _guard.test = _guard.test, ""
    try:
        yield
    finally:
        _guard.test = test


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="skip the slow lane")


def is_slow(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in SLOW)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Move the tests in tests/docs to the front. With --fast, deselect slow tests.

    This hook runs after pytest-django's hook, which moves database tests to the front.
    """
    items.sort(key=lambda item: "docs" not in item.path.parts)
    if config.getoption("--fast"):
        slow = [item for item in items if is_slow(item)]
        items[:] = [item for item in items if not is_slow(item)]
        config.hook.pytest_deselected(items=slow)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and the profiles of hypothesis."""
    # No deadline, because an example can take long on a busy machine.
    settings.register_profile("full", deadline=None)
    settings.register_profile("fast", deadline=None, max_examples=5)
    settings.load_profile("fast" if config.getoption("--fast") else "full")
    for name, why in SLOW.items():
        config.addinivalue_line("markers", f"{name}: slow lane, {why}")
    config.addinivalue_line("markers", f"{COMMAND}: fast lane, runs a short command")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Enable the audit hook for a test without a marker and for its fixtures."""
    allowed = is_slow(item) or item.get_closest_marker(COMMAND)
    _guard.test = "" if allowed else item.nodeid
    try:
        return (yield)
    finally:
        _guard.test = ""
