"""The application with real RabbitMQ and PostgreSQL servers."""

import re
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.support.application import site
from tests.support.drf_api import program
from tools.servers.postgresql import PostgreSQL, find_postgresql
from tools.waiting import until

TC01 = {"div": [4, 2], "mul": [3], "add": [6], "sub": [2]}

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(
        not find_postgresql(),
        reason="PostgreSQL is missing. Run `apt-get install postgresql` or "
        "`brew install postgresql`.",
    ),
]


@pytest.fixture(scope="module")
def served(rabbitmq, tmp_path_factory):
    """Serve the application with a worker for each queue."""
    folder = tmp_path_factory.mktemp("postgresql")
    with (
        PostgreSQL() as database,
        site(
            rabbitmq.url,
            folder,
            DATABASE_URL=database.url,
            BACKUP_DIR=str(folder / "backups"),
            STEP_SECONDS="1",
        ) as served,
        served.worker("-c", "2", "-Q", "celery") as served.quick,
        served.worker("-c", "1", "-Q", "slow", "-n", "celery@slow") as served.slow,
    ):
        yield served


def test_it_is_ready(served):
    until(lambda: served.call("/readyz") == (200, {"status": "ready"}))


def test_a_whole_run(served):
    run = served.follow(served.start("ESG-TC01", TC01))
    assert run["state"] == "succeeded"
    assert [step["result"] for step in run["steps"]] == [2.0, 6.0, 12.0, 10.0]


def test_a_failing_run(served):
    run = served.follow(served.start("ESG-TC01", {**TC01, "div": [4, 0]}))
    assert run["error"] == "ZeroDivisionError: division by zero"
    assert [step["state"] for step in run["steps"]] == ["failed"] + 3 * ["skipped"]
    (found,) = served.call("/api/runs/?state=failed")[1]["results"]
    assert found["id"] == run["id"]


def test_cancel_during_a_chain(served):
    run = served.start("ESG-TC01", TC01)
    served.follow(run, lambda run: run["percent"] >= 25)
    served.call(f"/api/runs/{run['id']}/cancel/", method="POST")
    run = served.follow(run)
    assert run["state"] == "cancelled"
    assert run["steps"][3]["state"] == "cancelled"


def test_concurrent_requests_with_one_key_start_one_run(served):
    def post(_):
        data = {"testcase": "ESG-TC01", "job_data": TC01}
        return served.call("/api/runs/", data, headers={"Idempotency-Key": "k"})

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(post, range(4)))
    # The response is 503 while the first request is still publishing.
    assert {202} <= {code for code, _ in answers} <= {202, 503}
    code, run = post(0)
    assert code == 202
    assert {run["id"] for code, run in answers if code == 202} == {run["id"]}


def test_each_worker_gets_the_messages_of_its_queue(served):
    served.python(
        "from jobs.tasks import lazy_job",
        "for key in ('quick', 'slow.mail'):",
        "    lazy_job.apply_async([key], routing_key='tasks.' + key)",
    )
    for worker in (served.quick, served.slow):
        until(lambda worker=worker: "end: " in worker.log())
    assert re.findall(r"start: (\S+)", served.quick.log()) == ["quick"]
    assert re.findall(r"start: (\S+)", served.slow.log()) == ["slow.mail"]


def test_concurrent_batches_create_each_user_once(served):
    printed = served.python(
        "from people.models import Batch",
        "from people.tasks import make_batch",
        "from people.users import generated_users",
        "batch = str(Batch.objects.create(count=100).pk)",
        "sent = [make_batch.delay(batch), make_batch.delay(batch)]",
        "print([task.get(timeout=30) for task in sent], generated_users().count())",
    )
    assert printed == "[100, 100] 100\n"


def test_a_batch_survives_an_outage_of_the_database(served):
    batch = served.python(
        "from people.models import Batch",
        "print(Batch.objects.create(count=50).pk)",
    ).strip()
    name = f"make_batch[{batch}]"
    with psycopg.connect(served.env["DATABASE_URL"]) as admin:
        # After lock_timeout, a waiting statement fails with OperationalError, as in a
        # server crash.
        admin.execute("LOCK TABLE auth_user IN EXCLUSIVE MODE")
        served.python(
            "from people.tasks import make_batch",
            f"make_batch.apply_async(['{batch}'], task_id='{batch}')",
        )
        until(lambda: f"{name} retry: Retry in 1s" in served.quick.log())
        admin.rollback()
        until(lambda: f"{name} succeeded" in served.quick.log())


def test_a_task_that_is_revoked_during_its_start_stays_revoked(served):
    assert served.python(program("revoked_while_it_begins.py")) == "REVOKED\n"


def test_unusual_text_is_never_a_500(served):
    assert served.python(program("odd_text.py")) == "done\n"


def test_a_backup_is_restored(served):
    run = served.follow(served.start("ESG-TC02", {"div": [4, 2], "mul": [3]}))
    path = served.manage("backup").strip()
    assert path.endswith(".dump")
    later = served.follow(served.start("ESG-TC02", {"div": [4, 2], "mul": [3]}))
    with psycopg.connect(served.env["DATABASE_URL"]) as admin:
        admin.execute("CREATE TABLE later (id int)")  # as in a newer release
    assert served.manage("restore", "latest", "--yes") == f"Restored {path}.\n"
    with psycopg.connect(served.env["DATABASE_URL"]) as admin:
        assert admin.execute("SELECT to_regclass('later')").fetchone() == (None,)
    assert served.call(f"/api/runs/{later['id']}/")[0] == 404
    assert served.follow(run, bool)["steps"] == run["steps"]
    served.manage("backup")  # succeeds although the restored schema has another owner
    served.manage("restore", "latest", "--yes")
    assert served.follow(run, bool)["steps"] == run["steps"]


def test_statements_have_a_time_limit_unless_the_url_sets_another(served, monkeypatch):
    assert served.python(program("time_limits.py")) == "30s\n5s\n"
    address = served.env["DATABASE_URL"] + "?options=-c%20statement_timeout%3D0"
    monkeypatch.setitem(served.env, "DATABASE_URL", address)
    assert served.python(program("time_limits.py")) == "0\n0\n"


@pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="TCP_USER_TIMEOUT requires Linux."
)
def test_the_tcp_timeout_of_the_database_is_ten_seconds(served):
    assert served.python(program("tcp_user_timeout.py")) == "10000\n"


def test_a_silent_database_server_has_a_time_limit(served, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        address = f"postgres://sprout:secret@127.0.0.1:{port}/postgres"
        monkeypatch.setitem(served.env, "DATABASE_URL", address)
        began = time.monotonic()
        with pytest.raises(subprocess.CalledProcessError):
            served.python(program("time_limits.py"))
        assert time.monotonic() - began < 60
