"""What the tests share: brokers of their own, and a day with its worker running.

Every test runs the real thing: a redis-server or a RabbitMQ that belongs to the test
run, and a `celery worker` started in the day's folder as its README says.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis as redis_client

from sprout.broker import Broker
from sprout.process import environment
from sprout.site.rabbitmq import RabbitMQ, find_rabbitmq
from sprout.worker import Worker
from tests.waiting import until

ROOT = Path(__file__).resolve().parent.parent

# What a test sees must not depend on the terminal and the habits of who runs it.
for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "PYTHONUNBUFFERED"):
    os.environ.pop(name, None)
# pytest-django has loaded drf_api's by now; the days' workers must not.
os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail if something was skipped where nothing may be: .ci/run says so."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End by naming what was skipped and what would enable it."""
    reasons = {
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    }
    if reasons:
        terminalreporter.section("skipped, and what would enable it")
        for reason in sorted(reasons):
            terminalreporter.line(f"  {reason}")
    else:
        terminalreporter.line("Nothing was skipped.")


@pytest.fixture(scope="module", autouse=True)
def measured(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have `make test` measure which lines of the days are run, by the days' tests.

    In every process that they start; the others' would only be slower for it.
    """
    with pytest.MonkeyPatch.context() as patch:
        if "COVERAGE_FILE" in os.environ and request.path.match("test_day[0-9].py"):
            patch.setenv("COVERAGE_FILE", str(ROOT / os.environ["COVERAGE_FILE"]))
            patch.setenv("COVERAGE_PROCESS_START", str(ROOT / "pyproject.toml"))
        yield


@dataclass(frozen=True)
class Urls:
    """Where tasks come from and where results go."""

    broker: str
    results: str


@pytest.fixture(scope="session")
def redis() -> Iterator[Broker]:
    """A redis-server of this test process."""
    with Broker() as broker:
        yield broker


@pytest.fixture(scope="session")
def rabbitmq_node() -> Iterator[RabbitMQ]:
    """A RabbitMQ of this test process."""
    if find_rabbitmq() is None:
        pytest.skip("RabbitMQ: apt-get install rabbitmq-server, brew install rabbitmq")
    with RabbitMQ() as node:
        yield node


@pytest.fixture(scope="module")
def rabbitmq(rabbitmq_node: RabbitMQ) -> RabbitMQ:
    """A RabbitMQ without queues: the days declare others than drf_api does."""
    rabbitmq_node.clear()
    return rabbitmq_node


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses `urls` on both brokers, or on one if any broker would do."""
    if "urls" in metafunc.fixturenames:
        any_will_do = metafunc.definition.get_closest_marker("any_broker")
        brokers = ["redis"] if any_will_do else ["redis", "rabbitmq"]
        metafunc.parametrize("urls", brokers, indirect=True, scope="module")


@pytest.fixture(scope="module")
def urls(request: pytest.FixtureRequest, redis: Broker) -> Iterator[Urls]:
    """An empty broker, first Redis, then RabbitMQ; results are in Redis."""
    with redis_client.Redis(port=redis.port) as client:
        client.flushall()
    if request.param == "redis":
        yield Urls(redis.url(), redis.url())
    else:
        node = request.getfixturevalue("rabbitmq")
        yield Urls(node.url, redis.url())


@dataclass(frozen=True)
class Lesson:
    """A day's folder, its worker running, and a client's terminal."""

    folder: Path
    urls: Urls
    worker: Worker

    def run(self, *command: str, timeout: float = 60) -> subprocess.CompletedProcess:
        """Run a command in the day's folder, as in the client's terminal."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment(self.worker.urls),
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def wait_for_log(self, pattern: str, count: int = 1) -> list[str]:
        """Wait until the worker has logged the pattern, that often; return the matches.

        A result is there before the worker has logged that it is.
        """

        def found() -> list[str]:
            return re.findall(pattern, self.worker.log())

        until(lambda: len(found()) >= count, what=f"{count} of {pattern} in its log")
        return found()

    def python(self, code: str, timeout: float = 60) -> str:
        """Run Python code as a client; return what it prints. It must not complain."""
        done = self.run("python", "-c", code, timeout=timeout)
        assert done.stderr == ""
        assert done.returncode == 0
        return done.stdout


def lesson(name: str, urls: Urls) -> Iterator[Lesson]:
    """Run a day's worker while its fixture lasts."""
    with Worker(ROOT / name, urls.broker, urls.results) as worker:
        yield Lesson(ROOT / name, urls, worker)


def copy_day(name: str, folder: Path) -> Path:
    """Copy a day below a folder, for a test that changes it, and return the copy."""
    copy = folder / "days" / name  # "days": see [tool.coverage.paths]
    shutil.copytree(
        ROOT / name, copy, ignore=shutil.ignore_patterns("runs.json", "__pycache__")
    )
    return copy
