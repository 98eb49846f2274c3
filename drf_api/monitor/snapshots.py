"""From Celery's picture of the cluster to rows."""

from datetime import UTC, datetime

from celery.events.state import State

from monitor.models import SeenTask, SeenWorker

WORKER_FIELDS = ["heard", "active", "processed", "pid"]
# What each event of a task tells, and what only the first, `received`, does.
TASK_FIELDS = ["state", "worker", "result", "exception", "traceback", "runtime", "seen"]
RECEIVED_FIELDS = ["name", "args", "kwargs", "retries"]


def save(state: State) -> None:
    """Write what has been seen; a row that is there already is brought up to date."""
    write(
        SeenWorker,
        [
            SeenWorker(
                hostname=worker.hostname,
                heard=moment(worker.heartbeats[-1]),
                active=worker.active or 0,
                processed=worker.processed or 0,
                pid=worker.pid,
            )
            for worker in state.workers.values()
            if worker.heartbeats
        ],
        WORKER_FIELDS,
    )
    tasks = [
        SeenTask(
            id=task.uuid,
            name=task.name or "",
            state=task.state,
            worker=task.worker.hostname if task.worker else "",
            args=task.args or "",
            kwargs=task.kwargs or "",
            result=task.result or "",
            exception=task.exception or "",
            traceback=task.traceback or "",
            retries=task.retries or 0,
            runtime=task.runtime,
            seen=moment(task.timestamp),
        )
        for task in state.tasks.values()
        if task.timestamp
    ]
    # A camera that was started while a task ran does not know its name: keep it.
    known = [task for task in tasks if task.name]
    late = [task for task in tasks if not task.name]
    write(SeenTask, known, TASK_FIELDS + RECEIVED_FIELDS)
    write(SeenTask, late, TASK_FIELDS)


def write(model, rows: list, fields: list[str]) -> None:
    """Insert the rows, or update these fields of those that exist."""
    model.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=[model._meta.pk.name],
        update_fields=fields,
        batch_size=500,
    )


def moment(timestamp: float) -> datetime:
    """Return the time that an event carries."""
    return datetime.fromtimestamp(timestamp, UTC)
