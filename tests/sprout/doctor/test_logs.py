"""The doctor recognises real faults in the output of programs.

Some of these symptoms have no check.
"""

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from redis import Redis

from sprout.broker import free_port
from sprout.days import ROOT
from sprout.doctor.text import diagnose
from sprout.loopback import urlopen
from sprout.process import SCRIPTS, Process
from tests.support.doctor import examine
from tests.support.processes import plain_environment
from tools.waiting import until

pytestmark = pytest.mark.stack
PROGRAMS = Path(__file__).parent / "programs"
WORKER = ["celery", "-A", "shop", "worker", "-l", "info", "--without-mingle"]
ALLOW = {"FLOWER_UNAUTHENTICATED_API": "true"}
KILL = "os.kill(os.getpid(), signal.SIGKILL)"


@pytest.fixture
def folder(tmp_path):
    """Copy the shop, and remove the setting that expires results after a second."""
    shutil.copytree(ROOT / "docs" / "symptoms", tmp_path / "symptoms")
    shop = tmp_path / "symptoms" / "shop.py"
    shop.write_text(shop.read_text().replace("result_expires=1,", ""))
    return tmp_path / "symptoms"


@pytest.fixture
def env(redis):
    url = redis.url(8)
    empty(url)
    return {"CELERY_BROKER_URL": url, "CELERY_RESULT_BACKEND": url}


@pytest.fixture
def run(folder, env):
    """Return a function that runs a command and returns its exit code and output."""

    def run(*command, **more):
        command = (SCRIPTS / command[0], *command[1:])
        done = subprocess.run(
            command, cwd=folder, env=plain_environment(**env, **more), timeout=90,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return done.returncode, done.stdout

    return run


def empty(url):
    with Redis.from_url(url) as client:
        client.flushdb()


def first(text):
    return [symptom.id for symptom in diagnose(text)][:1]


def is_ready(process):
    until(lambda: " ready." in process.log(), what="a worker")


def test_an_option_before_its_command_is_found_until_it_is_moved(run):
    code, printed = run("celery", "report", "-A", "shop")
    assert (code, first(printed)) == (2, ["SPR009"])
    code, printed = run("celery", "-A", "shop", "report")
    assert (code, first(printed)) == (0, [])


def test_a_client_without_a_worker_is_found_until_a_worker_runs(folder, env, run):
    ask = "from shop import remind; print(remind.delay('ada').get(timeout={}))"
    code, printed = run("python", "-c", ask.format(1))
    assert (code, first(printed)) == (1, ["SPR038"])
    with Process([*WORKER, "-P", "solo"], cwd=folder, env=env) as worker:
        is_ready(worker)
        code, printed = run("python", "-c", ask.format(60))
        assert (code, first(printed), printed) == (0, [], "reminded ada\n")
    assert diagnose(worker.log()) == []


def test_a_set_is_found_until_a_list_is_sent(run):
    send = "from shop import remind; remind.delay({})"
    code, printed = run("python", "-c", send.format("{'ada', 'bob'}"))
    assert (code, first(printed)) == (1, ["SPR013"])
    assert run("python", "-c", send.format("['ada', 'bob']")) == (0, "")


# The id, the failing task, the cure, and the task that succeeds after the cure.
FAILURES = [
    ("SPR013", "render_invoice.delay(7)", 'Path(f"invoice-{number}.pdf")',
     'f"invoice-{number}.pdf"', "render_invoice.delay(7)"),
    ("SPR016", "resize_photo.delay()", KILL, "return", "resize_photo.delay()"),
    ("SPR043", "buy([5])", "", "", "buy_any_number([5])"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("id", "fails", "old", "new", "works"), FAILURES, ids=[each[0] for each in FAILURES]
)
def test_a_failed_task_is_found_in_the_log_until_it_is_cured(
    folder, env, run, id, fails, old, new, works
):
    """A check also finds SPR013 and SPR016 in the stored result of the task."""
    get = "from shop import *; {}.get(timeout=60)"
    with Process([*WORKER, "--concurrency=1"], cwd=folder, env=env) as worker:
        is_ready(worker)
        assert run("python", "-c", get.format(fails))[0] == 1
        until(lambda: first(worker.log()) == [id], what="the error in the log")
    if id != "SPR043":
        found = [each for each in examine("shop", folder, env) if each[1] == id]
        assert any(text.startswith("A task has failed: ") for _, _, text in found)

    empty(env["CELERY_RESULT_BACKEND"])
    shop = folder / "shop.py"
    assert old in shop.read_text()
    shop.write_text(shop.read_text().replace(old, new))
    with Process([*WORKER, "--concurrency=1"], cwd=folder, env=env) as worker:
        is_ready(worker)
        assert run("python", "-c", get.format(works)) == (0, "")
    assert diagnose(worker.log()) == []
    if id != "SPR043":
        assert id not in {each for _, each, _ in examine("shop", folder, env)}


def test_a_flower_that_answers_401_is_found_until_it_allows_requests(folder, env, run):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    flower = ["celery", "-A", "shop", "flower", "--address=127.0.0.1", f"--port={port}"]
    ask = f"from urllib.request import urlopen; urlopen('{url}/api/tasks')"

    def answers():
        try:
            return urlopen(f"{url}/healthcheck").status == 200
        except OSError:
            return False

    for allowed, outcome in (({}, (1, ["SPR039"])), (ALLOW, (0, []))):
        with Process(flower, cwd=folder, env={**env, **allowed}):
            until(answers, 60, what="Flower")
            code, printed = run("python", "-c", ask, no_proxy="127.0.0.1")
        assert (code, first(printed)) == outcome


@pytest.fixture
def rabbit(rabbitmq):
    rabbitmq.clear()
    yield rabbitmq
    rabbitmq.set_consumer_timeout()
    rabbitmq.clear()


def test_a_late_acknowledgement_is_found_until_the_limit_is_raised(
    folder, env, run, rabbit, tmp_path
):
    env["CELERY_BROKER_URL"] = rabbit.url
    shutil.copy(PROGRAMS / "warehouse.py", folder)
    released = tmp_path / "released"
    command = ["celery", "-A", "warehouse", *WORKER[3:], "-P", "solo"]
    send = f"from warehouse import pack; pack.delay('{released}')"

    late = "A task with acks_late can run for 3600 seconds."
    assert ("warning", "SPR023", late) in examine("warehouse", folder, env)
    rabbit.set_consumer_timeout(1000, tick=1000)
    with Process(command, cwd=folder, env=env) as worker:
        is_ready(worker)
        run("python", "-c", send)
        until(lambda: "has timed out" in rabbit.log(), 60, what="RabbitMQ's timeout")
        released.touch()
        until(lambda: first(worker.log()) == ["SPR023"], 60, what="the error")

    released.unlink()
    rabbit.set_consumer_timeout(7_200_000, tick=1000)
    with Process(command, cwd=folder, env=env) as worker:
        until(lambda: "received" in worker.log(), 60, what="the message again")
        time.sleep(3)  # longer than the first limit, 1000 ms
        released.touch()
        until(lambda: "succeeded" in worker.log(), 60, what="the end of the task")
    assert diagnose(worker.log()) == []
