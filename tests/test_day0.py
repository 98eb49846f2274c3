"""Day 0: a task runs in another process."""

import pytest

from tests.support.days import lesson

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def day0(urls):
    yield from lesson("day0", urls)


@pytest.fixture(scope="module")
def client(day0):
    return day0.run("python", "client.py")


def test_the_client_prints_pending_and_then_success(client):
    assert client.stderr == ""
    assert client.stdout.splitlines() == [
        "sent: PENDING ready: False",
        "add(4, 4) = 8",
        "add(10, y=5) = 15",
        "now: SUCCESS ready: True",
    ]
    assert client.returncode == 0


def test_the_worker_logs_the_task_and_its_result(client, day0):
    for result in ("8", "15"):
        done = rf"taskrunner\.add\[(\S+)\] succeeded in 5\.\d+s: {result}\n"
        (task_id,) = day0.wait_for_log(done)
        assert f"Task taskrunner.add[{task_id}] received" in day0.worker.log()


def test_another_process_reads_the_result_by_id(day0):
    task_id = day0.python("from taskrunner import add; print(add.delay(2, 2).id)")
    look = (
        "from taskrunner import app\n"
        f"result = app.AsyncResult({task_id.strip()!r})\n"
        "print(result.get(timeout=30), result.state)"
    )
    assert day0.python(look) == "4 SUCCESS\n"
