"""Read the state of a task while the task runs: it runs until a file is there."""

from celery.app.defaults import NAMESPACES, flatten

from sprout.practice.run import Run

SETTINGS = {name for name, _ in flatten(NAMESPACES)} | {"deprecated_settings"}


def check(run: Run) -> None:
    task = run.task("import_contacts")
    for name in sorted(set(run.app.conf.changes) - SETTINGS):
        run.wrong(f"{name} is no setting of Celery.", "a setting", name)
    run.worker()
    id = run.call(task.delay, "2026.csv").id
    run.until((run.folder / "begun").exists, "the task to start")
    state = run.result(id).state
    (run.folder / "clerk").touch()
    conf = run.app.conf
    instead = {
        conf.task_acks_late: "task_acks_late keeps the message longer. "
        "The state is still PENDING.",
        conf.worker_send_task_events: "Events are sent for the start. "
        "The state is still PENDING.",
    }
    message = instead.get(True, "A task that runs is still PENDING.")
    run.equal(state, "STARTED", message)
    run.settle()
    run.equal(run.result(id).result, "imported 2026.csv", "The import is not finished.")
