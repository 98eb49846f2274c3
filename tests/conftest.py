"""Shared fixtures: a private redis-server and a private RabbitMQ."""

import gc
import os
from collections.abc import Iterator

import pytest
import redis as redis_client

from sprout.broker import Broker
from sprout.days import ROOT
from tests.support.days import Urls
from tools.servers.rabbitmq import RabbitMQ, find_rabbitmq

# pytest-django has loaded the settings of drf_api. The days' workers must not load
# these settings.
os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_collection_finish() -> None:
    """Exclude all objects that exist before the tests from garbage collection."""
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session if a test was skipped and NO_SKIPS is set, as in .ci/run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print each requirement of the skipped tests once."""
    reasons = {
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    }
    if reasons:
        terminalreporter.section("requirements of skipped tests")
        for reason in sorted(reasons):
            terminalreporter.line(f"  {reason}")
    else:
        terminalreporter.line("Nothing was skipped.")


@pytest.fixture(scope="module", autouse=True)
def measured(request: pytest.FixtureRequest) -> Iterator[None]:
    """Measure the code coverage of the days in `make test`.

    Only the tests of the days are measured, including the processes that they start.
    """
    with pytest.MonkeyPatch.context() as patch:
        if "COVERAGE_FILE" in os.environ and request.path.match("test_day[0-9].py"):
            patch.setenv("COVERAGE_FILE", str(ROOT / os.environ["COVERAGE_FILE"]))
            patch.setenv("COVERAGE_PROCESS_START", str(ROOT / "pyproject.toml"))
        yield


@pytest.fixture(scope="session")
def redis() -> Iterator[Broker]:
    """A redis-server for this test process."""
    with Broker() as broker:
        yield broker


@pytest.fixture(scope="session")
def rabbitmq_node() -> Iterator[RabbitMQ]:
    """A RabbitMQ for this test process."""
    if find_rabbitmq() is None:
        pytest.skip(
            "RabbitMQ is missing. Run `apt-get install rabbitmq-server` or "
            "`brew install rabbitmq`."
        )
    with RabbitMQ() as node:
        yield node


@pytest.fixture(scope="module")
def rabbitmq(rabbitmq_node: RabbitMQ) -> RabbitMQ:
    """A RabbitMQ without queues.

    The days and drf_api declare the queue `celery` with different arguments. RabbitMQ
    would reject the second declaration.
    """
    rabbitmq_node.clear()
    return rabbitmq_node


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that use `urls` on both brokers, except tests marked `any_broker`."""
    if "urls" in metafunc.fixturenames:
        any_will_do = metafunc.definition.get_closest_marker("any_broker")
        brokers = ["redis"] if any_will_do else ["redis", "rabbitmq"]
        metafunc.parametrize("urls", brokers, indirect=True, scope="module")


@pytest.fixture(scope="module")
def urls(request: pytest.FixtureRequest, redis: Broker) -> Iterator[Urls]:
    """The URLs of an empty broker, Redis or RabbitMQ, and of a Redis for results."""
    with redis_client.Redis(port=redis.port) as client:
        client.flushall()
    if request.param == "redis":
        yield Urls(redis.url(), redis.url())
    else:
        node = request.getfixturevalue("rabbitmq")
        yield Urls(node.url, redis.url())
