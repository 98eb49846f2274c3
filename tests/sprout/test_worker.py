"""The worker of a day."""

import os
import signal
from pathlib import Path

import pytest
from celery import Celery

from sprout.worker import Worker, WorkerError
from tests.support.processes import ALONE, owner, taskrunner
from tools.processes import MARK, marked
from tools.waiting import dead_port, until

pytestmark = pytest.mark.stack

PROGRAMS = Path(__file__).parent / "programs"


@pytest.fixture
def folder():
    return PROGRAMS / "day"


@pytest.fixture
def url(redis):
    return redis.url(5)


@pytest.fixture
def client(url):
    with Celery(broker=url, backend=url, set_as_current=False) as app:
        yield app


def test_the_worker_runs_tasks_when_the_block_begins(folder, url, client):
    with Worker(folder, url) as worker:
        # A worker that is not yet connected misses this broadcast and never answers.
        assert client.control.ping(timeout=20, limit=1)
        sent = client.send_task("taskrunner.add", (4, 4))
        assert sent.get(timeout=20) == 8
        assert worker.running
        until(lambda: f"Task taskrunner.add[{sent.id}] succeeded" in worker.log())
    assert not worker.running
    assert "Warm shutdown" in worker.log()


def test_running_tasks_finish_within_the_grace_period(folder, url, client):
    with Worker(folder, url, arguments=ALONE, grace=20) as worker:
        sent = client.send_task("taskrunner.nap", (1,))
        until(lambda: "napping" in worker.log())
    assert f"[{sent.id}] succeeded" in worker.log()
    assert sent.get(timeout=20) == "rested"


def test_tasks_longer_than_the_grace_period_are_killed(folder, url, client, tmp_path):
    mark = str(tmp_path)
    env = {MARK: mark}
    with Worker(folder, url, env=env, arguments=ALONE, grace=0.2) as worker:
        sent = client.send_task("taskrunner.nap", (600,))
        until(lambda: f"[{sent.id}] received" in worker.log())
    assert marked(mark) == []
    assert f"[{sent.id}] succeeded" not in worker.log()


def test_the_worker_ends_with_a_killed_owner(folder, url, tmp_path):
    mark = str(tmp_path)
    command = [PROGRAMS / "own_worker.py", folder, url, *ALONE]
    with owner(*command, env={**os.environ, MARK: mark}) as process:
        assert process.stdout.readline() == "ready\n"
        assert len(marked(mark)) > 2  # the leash, the worker, and the pool processes
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: marked(mark) == [])


def failure(folder, url, mark, **options):
    """Return the error of a worker that cannot start. Check that no process remains."""
    with pytest.raises(WorkerError) as caught:
        Worker(folder, url, env={MARK: mark}, **options).start()
    assert marked(mark) == []
    return str(caught.value)


def test_a_missing_folder_is_an_error(tmp_path, url):
    with pytest.raises(WorkerError, match=r"There is no folder .*nowhere"):
        Worker(tmp_path / "nowhere", url).start()


def test_a_folder_without_a_taskrunner_is_an_error(tmp_path, url):
    message = failure(tmp_path, url, str(tmp_path))
    assert "stopped before it was ready" in message
    assert "The folder has no module taskrunner" in message
    assert "The end of its log:\n" in message
    assert message.endswith("The module taskrunner was not found.")


def test_a_taskrunner_without_an_app_is_an_error(tmp_path, url):
    (tmp_path / "taskrunner.py").touch()
    message = failure(tmp_path, url, str(tmp_path))
    assert "taskrunner has no Celery app" in message


@pytest.mark.parametrize(
    ("code", "last"),
    [
        ("def broken(:", "SyntaxError: invalid syntax"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("undefined()", "NameError: name 'undefined' is not defined"),
        ('raise RuntimeError("no task modules (*.py) under tasks")', "no task modules"),
    ],
    ids=["syntax", "import", "name", "no-tasks"],
)
def test_a_failing_import_is_an_error(tmp_path, url, code, last):
    message = failure(taskrunner(tmp_path / "day", code), url, str(tmp_path))
    what, meaning, doctor, *end = message.splitlines()
    assert doctor == "For details, run `sprout doctor --explain SPR010`."
    assert what == "The worker stopped before it was ready."
    if "no task modules" in last:
        assert meaning == "There are no task files. Create one under taskrunner/tasks."
    else:
        assert meaning.startswith("A module of taskrunner cannot be imported")
    assert end[0] == "The end of its log:"
    assert last in end[-1]


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_an_unreachable_broker_is_an_error(folder, url, tmp_path, scheme):
    alone = ["-P", "solo"]
    with dead_port() as port:
        unreachable = f"{scheme}://127.0.0.1:{port}"
        message = failure(
            folder, unreachable, str(tmp_path), result_url=url, arguments=alone
        )
    assert "The worker cannot reach its broker." in message
    assert "The broker does not answer. Start it" in message
    assert "`sprout doctor --explain SPR002`" in message
    assert "Cannot connect to" in message.partition("The end of its log:")[2]


def test_a_slow_start_is_an_error(tmp_path, url):
    folder = taskrunner(tmp_path / "day", "import time\ntime.sleep(60)")
    message = failure(folder, url, str(tmp_path), timeout=1)
    assert "No worker was ready within 1 s." in message


@pytest.mark.skipif(os.geteuid() != 0, reason="Celery warns only root. Run as root.")
def test_celery_s_warning_to_root_is_in_the_log(folder, url):
    with Worker(folder, url) as worker:
        assert "superuser privileges" in worker.log()
