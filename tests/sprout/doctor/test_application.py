"""The doctor finds each real fault of an app until the fault is cured.

The programs of the Troubleshooting page contain the faults. A test copies a program and
applies the cure to the copy.
"""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from sprout.days import DAYS, ROOT
from sprout.doctor.text import diagnose
from sprout.process import SCRIPTS, Process
from tests.support.doctor import examine
from tests.support.processes import plain_environment
from tools.waiting import until

pytestmark = pytest.mark.stack
WORKER = ["worker", "-l", "info", "-P", "solo", "--without-mingle"]


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(ROOT / "docs" / "symptoms", tmp_path / "symptoms")
    return tmp_path / "symptoms"


@pytest.fixture
def env(redis):
    """Return the environment variables for an empty Redis database."""
    redis_url = redis.url(7)
    with redis_client(redis_url) as client:
        client.flushdb()
    return {"CELERY_BROKER_URL": redis_url, "CELERY_RESULT_BACKEND": redis_url}


def redis_client(url):
    import redis

    return redis.Redis.from_url(url)


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def message(id, found):
    return next(text for _, each, text in found if each == id)


def ids(found):
    return {id for _, id, _ in found}


SCHEDULE = '"options": {"queue": "mails"},'
CONF = "    result_expires=1,"
# The id, the name of the app, and the cure: the old text and the new text.
CURES = [
    ("SPR014", "shop", "async def send_mail", "def send_mail"),
    ("SPR015", "shop", "render_invoice.delay(number).get()", "number"),
    ("SPR030", "shop", SCHEDULE, ""),
    ("SPR032", "twice", '@app.task(name="send-mail")\ndef send_goodbye',
     '@app.task(name="send-goodbye")\ndef send_goodbye'),
    ("SPR013", "shop", 'Path(f"invoice-{number}.pdf")', 'f"invoice-{number}.pdf"'),
    ("SPR031", "shop", CONF, "    result_expires=3600,"),
    ("SPR043", "shop", "chain(group(price.s(each) for each in articles), add_up.s())",
     "chord((price.s(each) for each in articles), add_up.s())"),
    ("SPR018", "orders", "charge.delay(order.id).get(timeout=10)", "order"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("id", "name", "old", "new"), CURES, ids=[cure[0] for cure in CURES]
)
def test_a_fault_of_a_program_is_found_until_cured(folder, env, id, name, old, new):
    assert id in ids(examine(name, folder, env))
    edit(folder / f"{name}.py", old, new)
    assert id not in ids(examine(name, folder, env))


# The id, a string in the shop's code, and the faulty code that replaces the string.
REMIND = "def remind(customer):"
FAULTS = [
    ("SPR040", REMIND, "def remind(customer: dict[int, str]):"),
    ("SPR040", 'f"reminded {customer}"', "[{1: customer}]"),
    ("SPR040", "render_invoice.delay(number)", "render_invoice.delay({1: number})"),
    ("SPR004", '"report": {"task": "shop.send_news"', '"report": {"task": "shop.no"'),
    ("SPR022", CONF, f'    task_serializer="pickle",\n{CONF}'),
    ("SPR022", CONF, f'    accept_content=["json", "pickle"],\n{CONF}'),
    ("SPR041", CONF, f'    CELERY_TASK_SERIALIZER="json",\n{CONF}'),
]


@pytest.mark.parametrize(("id", "right", "wrong"), FAULTS)
def test_only_the_wrong_setting_is_found(folder, env, id, right, wrong):
    assert id not in ids(examine("shop", folder, env))
    edit(folder / "shop.py", right, wrong)
    assert id in ids(examine("shop", folder, env))


def test_a_forgotten_module_is_found_until_imported(folder, env):
    found = examine("bakery", folder, env)
    assert found[0] == (
        "fault", "SPR005", "Not imported: bakery/jobs.py."
    )  # fmt: skip
    (folder / "bakery" / "jobs.py").rename(folder / "bakery" / "tasks.py")
    assert "SPR005" not in ids(examine("bakery", folder, env))


def test_a_missing_backend_is_found_until_configured(folder, env):
    del env["CELERY_RESULT_BACKEND"]
    edit(
        folder / "twice.py",
        'name="send-mail")\ndef send_g',
        'name="other")\ndef send_g',
    )
    assert ids(examine("twice", folder, env)) == {"SPR006"}
    edit(folder / "twice.py", "broker=", 'backend="cache+memory://", broker=')
    assert ids(examine("twice", folder, env)) == set()


def test_a_missing_broker_is_found_until_configured(folder, env):
    edit(folder / "twice.py", 'broker="redis://localhost:6379/0"', "")
    assert "SPR003" in ids(examine("twice", folder, {}))
    assert "SPR003" not in ids(examine("twice", folder, env))


@pytest.mark.parametrize(
    ("name", "id"),
    [("nothing_of_this_name", "SPR010"), ("celery", "SPR027"), ("loose", "SPR010")],
)
def test_an_invalid_app_name_is_found(folder, env, name, id):
    assert examine(name, folder, env)[0][:2] == ("fault", id)


def test_a_utc_schedule_is_found_in_another_time_zone(folder, env):
    far = {**env, "TZ": "Asia/Tokyo"}
    assert "SPR020" in ids(examine("shop", folder, far))
    assert "SPR020" not in ids(examine("shop", folder, {**env, "TZ": "UTC"}))
    edit(folder / "shop.py", CONF, f'    timezone="Asia/Tokyo",\n{CONF}')
    assert "SPR020" not in ids(examine("shop", folder, far))


@pytest.fixture
def worker(folder, env):
    """Return a function that starts a worker. Stop the workers after the test."""
    started = []

    def start(name):
        process = Process(["celery", "-A", name, *WORKER], cwd=folder, env=env).start()
        started.append(process)
        until(lambda: " ready." in process.log(), what="a worker")
        return process

    yield start
    for process in started:
        process.stop()


def client(folder, env, code):
    subprocess.run(
        [SCRIPTS / "python", "-c", code],
        cwd=folder, env=plain_environment(**env), check=True, timeout=60,
    )  # fmt: skip


def test_waiting_messages_and_worker_faults_are_found_until_cured(folder, env, worker):
    """One test checks several faults, because each start of a worker takes a second."""
    edit(folder / "shop.py", '"visibility_timeout": 2,', '"visibility_timeout": 60,')
    client(ROOT / "day0", env, "from taskrunner import add; add.delay(4, 4)")
    found = examine("shop", folder, env)
    alien = "The queues contain tasks of another app: taskrunner.add."
    assert ("fault", "SPR034", alien) in found
    assert ("warning", "SPR001", "1 message waits in the queue celery.") in found

    no_worker = ("fault", "SPR033", "No worker answers.")
    assert no_worker in examine("shop", folder, env, ask_workers=True)
    process = worker("shop")
    until(lambda: "unregistered" in process.log(), what="the unregistered task")
    found = examine("shop", folder, env, ask_workers=True)
    assert not {"SPR001", "SPR034", "SPR033", "SPR004", "SPR008"} & ids(found)

    client(
        folder, env,
        "from shop import remind, send_news as news;"
        "remind.apply_async(['ada'], countdown=120); news.apply_async(queue='mails')",
    )  # fmt: skip
    until(lambda: "remind" in process.log().partition(" ready.")[2], what="a message")
    found = examine("shop", folder, env, ask_workers=True)
    assert ("warning", "SPR030", "1 message waits in the queue mails.") in found
    assert "SPR017" in ids(found)

    elsewhere = {**env, "CELERY_RESULT_BACKEND": "cache+memory://"}
    found = examine("shop", folder, elsewhere, ask_workers=True)
    assert message("SPR001", found).endswith(", not in cache+memory:///.")

    os.utime(folder / "shop.py", (time.time() + 1, time.time() + 1))
    assert "SPR008" in ids(examine("shop", folder, env, ask_workers=True))
    with (folder / "shop.py").open("a") as file:
        file.write("\n\n@app.task\ndef wrap(gift):\n    return gift\n")
    found = examine("shop", folder, env, ask_workers=True)
    assert message("SPR004", found).endswith("has not registered shop.wrap.")


@pytest.fixture
def amqp(env, rabbitmq):
    """Configure RabbitMQ without queues as the broker."""
    rabbitmq.clear()
    env["CELERY_BROKER_URL"] = rabbitmq.url


def test_a_rabbitmq_message_is_found_until_a_worker_reads_it(folder, env, worker, amqp):
    client(folder, env, "from shop import send_news; send_news.delay()")
    waits = "1 message waits in the queue celery. No worker reads the queue."
    assert ("fault", "SPR001", waits) in examine("shop", folder, env)
    process = worker("shop")
    until(lambda: "succeeded" in process.log(), what="the message")
    assert "SPR001" not in ids(examine("shop", folder, env))


def test_a_queue_of_another_type_is_found_until_it_is_deleted(folder, env, amqp):
    edit(folder / "shop.py", SCHEDULE, "")
    edit(folder / "shop.py", CONF, '    task_default_queue_type="quorum",')
    client(folder, env, "from shop import send_news; send_news.delay()")
    assert "SPR037" not in ids(examine("shop", folder, env))

    edit(folder / "shop.py", "quorum", "classic")
    found = examine("shop", folder, env)
    assert "inequivalent arg 'x-queue-type'" in message("SPR037", found)
    assert "SPR037" in [id for status, id, _ in found if status == "fault"]
    with Process(["celery", "-A", "shop", *WORKER], cwd=folder, env=env) as process:
        until(lambda: not process.running, what="the end of the worker")
        assert diagnose(process.log())[0].id == "SPR037"

    delete = ["celery", "-A", "shop", "amqp", "queue.delete", "celery"]
    with Process(delete, cwd=folder, env=env) as process:
        assert process.wait(60) == 0
    client(folder, env, "from shop import send_news; send_news.delay()")
    assert "SPR037" not in ids(examine("shop", folder, env))


def test_the_doctor_sends_and_writes_nothing(folder, env, redis):
    with redis_client(redis.url(7)) as watcher, watcher.monitor() as monitor:
        examine("shop", folder, env)
        watcher_of_end = redis_client(redis.url(7))
        watcher_of_end.echo("end")
        commands = set()
        for command in monitor.listen():
            words = command["command"].split()
            if words[0].upper() == "ECHO":
                break
            commands.add(words[0].upper())
        watcher_of_end.close()
    reading = {"PING", "INFO", "TIME", "TYPE", "LLEN", "LRANGE", "SCAN", "SMEMBERS"}
    reading |= {"HSCAN", "CONFIG", "SELECT", "CLIENT", "HELLO", "AUTH"}
    assert commands <= reading
    assert "INFO" in commands


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_the_days_cause_no_false_alarm(day, env):
    """The app of day 2 omits a module on purpose, so the doctor reports SPR005."""
    expected = {"SPR005"} if day.name == "day2" else set()
    assert ids(examine("taskrunner", day.folder, env)) == expected


def test_the_application_causes_no_false_alarm(env):
    assert examine("taskrunner", ROOT / "drf_api", env) == []


# APPS: the names of the recipes' apps that are not named `shop`. LESSONS: the faults
# that a recipe contains on purpose.
APPS = {"logging": "json_logs", "tracing": "traced", "which_queue": "with_celery"}
LESSONS = {"async_code": {"SPR014"}, "waiting": {"SPR015"}}
RECIPES = [path for path in sorted((ROOT / "recipes").iterdir()) if path.is_dir()]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_the_recipes_cause_no_false_alarm(recipe, env):
    names = {"shop", APPS.get(recipe.name, "shop")}
    apps = [name for name in sorted(names) if list(recipe.glob(f"{name}*"))]
    assert apps
    for name in apps:
        assert ids(examine(name, recipe, env)) == LESSONS.get(recipe.name, set())


def test_a_healthy_app_has_a_complete_report(env):
    env["PATH"] = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [SCRIPTS / "sprout", "doctor", "-A", "taskrunner", "--json"],
        cwd=ROOT / "drf_api", env=plain_environment(**env), capture_output=True,
    )  # fmt: skip
    found = json.loads(done.stdout)["findings"]
    assert {finding["status"] for finding in found} == {"ok"}
    stored = "Results are stored in delivery.results.FinalResults."
    assert stored in [finding["message"] for finding in found]


def test_a_broken_app_exits_with_1_and_its_fault_is_first(folder, env):
    done = subprocess.run(
        [SCRIPTS / "sprout", "doctor", "-A", "nothing_of_this_name", "--json"],
        cwd=folder, env=plain_environment(**env), capture_output=True, text=True,
    )  # fmt: skip
    first = json.loads(done.stdout)["findings"][0]
    assert (done.returncode, first["id"]) == (1, "SPR010")
    assert Path(first["page"]).parts[0] == "troubleshooting"
