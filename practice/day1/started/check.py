"""Read the state of a task while it runs. The task runs until a file exists."""

from celery.app.defaults import NAMESPACES, flatten

from sprout.practice.run import Run

SETTINGS = {name for name, _ in flatten(NAMESPACES)} | {"deprecated_settings"}


def check(run: Run) -> None:
    task = run.task("import_contacts")
    for name in sorted(set(run.app.conf.changes) - SETTINGS):
        run.wrong(f"{name} is not a Celery setting.", "a setting", name)
    run.worker()
    id = run.call(task.delay, "2026.csv").id
    run.until((run.folder / "begun").exists, "the task to start")
    state = run.result(id).state
    (run.folder / "clerk").touch()
    conf = run.app.conf
    instead = {
        conf.task_acks_late: "task_acks_late only delays the acknowledgement. "
        "The state is still PENDING.",
        conf.worker_send_task_events: "Events do not change the state. "
        "The state is still PENDING.",
    }
    message = instead.get(True, "The state of a running task is still PENDING.")
    run.equal(state, "STARTED", message)
    run.settle()
    run.equal(run.result(id).result, "imported 2026.csv", "The import did not finish.")
