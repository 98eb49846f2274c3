"""The camera, the workers page, the clean-up and the schedule."""

from datetime import timedelta

import pytest
from celery.events.state import State as Cluster
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_results.models import TaskResult

from delivery.models import Message
from jobs.tasks import lazy_job
from monitor import cleanup
from monitor.models import SeenTask, SeenWorker
from monitor.snapshots import save
from monitor.tasks import clean_up
from people.models import Batch
from taskrunner import schedule
from tests.support.drf_api import instructions
from tools.waiting import until
from workflows.models import Run, Step
from workflows.tasks import add, div

pytestmark = pytest.mark.django_db
CAMERA = ["events", "--camera", "monitor.camera.Camera", "--frequency", "0.5"]


def event(kind, **fields):
    """Return an event in the format that workers send."""
    now = timezone.now().timestamp()
    return {
        "type": kind,
        "hostname": "w@test",
        "timestamp": now,
        "local_received": now,
        "clock": 1,
        **fields,
    }


def cluster(*events):
    seen = Cluster()
    for each in events:
        seen.event(each)
    return seen


def test_events_become_rows():
    save(
        cluster(
            event("worker-heartbeat", pid=7, active=1, processed=5, freq=2),
            event("task-received", uuid="t", name="add", args="(1, 2)", kwargs="{}"),
            event("task-started", uuid="t", pid=8),
        )
    )
    worker = SeenWorker.objects.get()
    assert (worker.hostname, worker.active, worker.processed) == ("w@test", 1, 5)
    assert worker.alive
    task = SeenTask.objects.get()
    assert (task.name, task.state, task.args) == ("add", "STARTED", "(1, 2)")
    save(cluster(event("task-succeeded", uuid="t", result="3", runtime=0.5)))
    task.refresh_from_db()
    assert (task.state, task.result, task.runtime) == ("SUCCESS", "3", 0.5)
    # The event task-succeeded contains neither the name nor the arguments.
    assert (task.name, task.args) == ("add", "(1, 2)")


def test_many_rows_take_few_queries(django_assert_max_num_queries):
    events = [event("task-received", uuid=f"t{n}", name="add") for n in range(300)]
    with django_assert_max_num_queries(6):
        save(cluster(*events))
    assert SeenTask.objects.count() == 300


@pytest.mark.django_db(transaction=True)
def test_the_camera_does_not_keep_its_queries(settings):
    from monitor.camera import Camera  # the module calls django.setup()

    settings.DEBUG = True
    seen = cluster(event("task-received", uuid="t", name="add"))
    Camera(seen).capture()
    assert SeenTask.objects.exists()
    assert len(connection.queries_log) == 1  # only the query of exists()


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_the_camera_writes_snapshots_of_a_worker(shared_stack):
    tasks = SeenTask.objects
    with shared_stack.celery(*CAMERA) as camera:
        until(lambda: "evcam: Taking snapshots" in camera.log())
        with shared_stack.worker("-E", "-n", "celery@quick"):
            until(SeenWorker.objects.filter(hostname="celery@quick").exists)
            done = add.delay(2, 3)
            failed = div.delay(1, 0)
            until(tasks.filter(id=done.id, state="SUCCESS", result="5").exists)
            task = until(tasks.filter(id=failed.id, state="FAILURE").first)
    assert "ZeroDivisionError" in task.exception


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="The test counts the instructions of SQLite."
)
def test_the_cost_of_the_clean_up_is_proportional_to_the_old_rows(monkeypatch):
    monkeypatch.setattr(cleanup, "SLICE", 10)

    def cost(count):
        begin = timezone.now() - timedelta(days=1)
        times = [begin + timedelta(seconds=number) for number in range(count)]
        SeenTask.objects.bulk_create(
            SeenTask(id=str(number), seen=seen) for number, seen in enumerate(times)
        )
        return instructions(lambda: cleanup.clean_up(timedelta(0)))

    assert cost(1000) < 12 * cost(100)


def test_the_clean_up_deletes_only_old_rows(monkeypatch):
    monkeypatch.setattr(cleanup, "SLICE", 1)

    def make():
        Step.objects.create(run=Run.objects.create(job_data={}), position=0, numbers=[])
        Batch.objects.create(count=50)
        Message.objects.create(task_id=f"m{timezone.now()}", sent=1)
        SeenTask.objects.create(id=f"t{timezone.now()}", seen=timezone.now())
        SeenWorker.objects.create(
            hostname=f"w{timezone.now()}", heartbeat=timezone.now()
        )
        TaskResult.objects.create(task_id=f"r{timezone.now()}")
        Session.objects.create(
            session_key=f"s{timezone.now():%f}",
            expire_date=timezone.now() + timedelta(days=1),
        )

    make()
    make()
    before = timezone.now() - timedelta(days=8)
    Run.objects.update(created_at=before)
    Batch.objects.update(created=before)
    Message.objects.update(created_at=before)
    SeenTask.objects.update(seen=before)
    SeenWorker.objects.update(heartbeat=before)
    TaskResult.objects.update(date_done=before)
    Session.objects.update(expire_date=before)
    make()
    deleted = cleanup.clean_up(timedelta(days=7))
    assert deleted == {
        "run": 2,
        "batch": 2,
        "message": 2,
        "seentask": 2,
        "seenworker": 2,
        "taskresult": 2,
    }
    for model in (Run, Step, Batch, Message, SeenTask, SeenWorker, TaskResult, Session):
        assert model.objects.count() == 1


def test_the_clean_up_has_a_longer_limit_and_acknowledges_early(settings):
    assert clean_up.soft_time_limit > 10 * settings.CELERY_TASK_TIME_LIMIT
    assert clean_up.time_limit > clean_up.soft_time_limit
    assert not clean_up.acks_late


def test_migrate_installs_the_schedule_and_keeps_edited_entries():
    entry = PeriodicTask.objects.get(name="add, every 30 seconds")
    assert entry.task == add.name
    assert (entry.interval.every, entry.interval.period) == (30, "seconds")
    assert entry.args == "[16, 16]"
    assert entry.expire_seconds == 15
    assert not PeriodicTask.objects.get(name="celery.backend_cleanup").enabled
    entry.interval = IntervalSchedule.objects.create(every=1, period="hours")
    entry.save()
    PeriodicTask.objects.get(name="backup, every hour").delete()
    schedule.install(apps)
    entry.refresh_from_db()
    assert entry.interval.period == "hours"
    assert PeriodicTask.objects.filter(name="backup, every hour").exists()
    assert PeriodicTask.objects.count() == len(schedule.SCHEDULE)


def test_migrate_updates_the_entries_of_redelivery(monkeypatch):
    name = "redeliver, slow"
    PeriodicTask.objects.filter(name=name).update(enabled=False)
    other = {"schedule": 5.0, "options": {"expire_seconds": 5}}
    redelivery = schedule.SCHEDULE[name] | other
    monkeypatch.setitem(schedule.SCHEDULE, name, redelivery)
    schedule.install(apps)
    entry = PeriodicTask.objects.get(name=name)
    assert not entry.enabled
    assert (entry.interval.every, entry.expire_seconds) == (5, 5)


def test_migrate_updates_the_name_of_a_moved_task():
    moved = PeriodicTask.objects.filter(name="add, every 30 seconds")
    moved.update(task="taskrunner.tasks.add")
    PeriodicTask.objects.create(
        name="rescue", task="workflows.tasks.rescue", interval=moved.get().interval
    )
    schedule.install(apps)
    assert moved.get().task == "workflows.tasks.add"
    assert not PeriodicTask.objects.filter(name="rescue").exists()


def test_every_task_of_the_schedule_exists():
    add.app.loader.import_default_modules()
    assert {e["task"] for e in schedule.SCHEDULE.values()} <= set(add.app.tasks)


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_beat_sends_due_tasks(shared_stack):
    entry = PeriodicTask.objects.get(name="add, every 30 seconds")
    entry.interval = IntervalSchedule.objects.create(every=1, period="seconds")
    entry.save()
    done = TaskResult.objects.filter(task_name=add.name, status="SUCCESS", result="32")
    with shared_stack.worker(), shared_stack.celery("beat", "--max-interval", "1"):
        until(done.exists)
    assert not PeriodicTask.objects.get(name="celery.backend_cleanup").enabled


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_the_page_shows_workers_queues_and_tasks(client, stack):
    SeenWorker.objects.create(
        hostname="absent@test", heartbeat=timezone.now() - timedelta(hours=1)
    )
    SeenTask.objects.create(id="t", name="add", state="SUCCESS", seen=timezone.now())
    for _ in range(3):
        lazy_job.apply_async(args=["x"], routing_key="tasks.slow.x")
    with stack.worker("-Q", "celery", "-n", "celery@quick"):

        def listed():  # on a busy machine, a worker may reply after the page's limit
            page = client.get("/workers/").text
            return page if "celery@quick" in page else None

        page = until(listed)
    assert (
        page.index("absent@test") < page.index("Offline") < page.index("celery@quick")
    )
    assert "Online" in page
    assert '<code>tasks.slow.#</code></td><td class="number">3</td>' in page
    assert "Succeeded" in page


def test_housekeeping_is_hidden_by_default(client, no_broker):
    seen = {"state": "SUCCESS", "seen": timezone.now()}
    SeenTask.objects.create(id="1", name="workflows.tasks.add", args="(1, 2)", **seen)
    SeenTask.objects.create(
        id="2", name="workflows.tasks.add", args="(1616, 1616)", **seen
    )
    TaskResult.objects.create(task_id="1")
    TaskResult.objects.create(task_id="2", periodic_task_name="add, every 30 seconds")
    # This task ignores its result, so the page recognizes the task by its name.
    SeenTask.objects.create(id="3", name="delivery.tasks.redeliver", **seen)
    page = client.get("/workers/").text
    assert "(1, 2)" in page
    assert "(1616, 1616)" not in page
    assert "delivery.tasks.redeliver" not in page
    page = client.get("/workers/?all").text
    assert "(1616, 1616)" in page
    assert "delivery.tasks.redeliver" in page


def test_a_list_with_only_housekeeping_says_so(client, no_broker):
    seen = {"state": "SUCCESS", "seen": timezone.now()}
    SeenTask.objects.create(id="1", name="delivery.tasks.redeliver", **seen)
    page = client.get("/workers/").text
    assert "The camera has seen only tasks of the schedule." in page
    assert "No tasks yet." not in page


def test_a_worker_without_heartbeats_has_no_running_tasks(client, no_broker):
    for name, age in (("celery@here", 0), ("celery@gone", 3600)):
        heartbeat = timezone.now() - timedelta(seconds=age)
        SeenWorker.objects.create(hostname=name, heartbeat=heartbeat, active=77)
    page = client.get("/workers/").text
    assert page.count(">77<") == 1


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_tasks_of_beat_are_housekeeping(shared_stack):
    entry = PeriodicTask.objects.get(name="add, every 30 seconds")
    entry.interval = IntervalSchedule.objects.create(every=1, period="seconds")
    entry.save()
    PeriodicTask.objects.exclude(pk=entry.pk).update(enabled=False)
    done = TaskResult.objects.filter(task_name=add.name, status="SUCCESS")
    with shared_stack.worker(), shared_stack.celery("beat", "--max-interval", "1"):
        found = until(done.first)
    assert found.periodic_task_name == "add, every 30 seconds"


def test_the_page_without_a_broker(client, no_broker):
    response = client.get("/workers/")
    assert response.status_code == 200
    assert "The broker does not answer." in response.text
    assert "No worker is running." not in response.text


@pytest.mark.stack
def test_the_page_without_workers_and_tasks(client, broker):
    page = client.get("/workers/").text
    assert "No worker is running." in page
    assert "No tasks yet." in page


def test_with_login_the_page_is_for_staff(client, settings, no_broker):
    settings.LOGIN_REQUIRED = True
    assert client.get("/workers/").status_code == 302
    create = get_user_model().objects.create_user
    client.force_login(create("user"))
    assert client.get("/workers/").status_code == 403
    client.force_login(create("staff", is_staff=True))
    assert client.get("/workers/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "monitor/seentask/?state=SUCCESS&q=add",
        "monitor/seenworker/",
        "django_celery_beat/periodictask/",
        "django_celery_results/taskresult/",
        "people/batch/",
    ],
)
def test_the_admin_shows_snapshots(admin_client, path):
    SeenWorker.objects.create(hostname="w@test", heartbeat=timezone.now())
    SeenTask.objects.create(id="t", name="add", state="SUCCESS", seen=timezone.now())
    TaskResult.objects.create(task_id="t", status="SUCCESS")
    Batch.objects.create(count=50)
    assert admin_client.get(f"/admin/{path}").status_code == 200


def test_snapshots_cannot_be_changed(admin_client):
    SeenTask.objects.create(id="t", name="add", state="SUCCESS", seen=timezone.now())
    response = admin_client.post("/admin/monitor/seentask/t/change/", {"name": "x"})
    assert response.status_code == 403
    assert admin_client.get("/admin/monitor/seentask/add/").status_code == 403
