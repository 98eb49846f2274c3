"""Write the state of the cluster to the database."""

from datetime import UTC, datetime

from celery.events.state import State

from monitor.models import SeenTask, SeenWorker

WORKER_FIELDS = ["heartbeat", "active", "processed", "pid"]
# The fields of all task events, and the additional fields of `task-received`.
TASK_FIELDS = ["state", "worker", "result", "exception", "traceback", "runtime", "seen"]
RECEIVED_FIELDS = ["name", "args", "kwargs", "retries"]


def save(state: State) -> None:
    """Insert or update a row for each worker and each task."""
    write(
        SeenWorker,
        [
            SeenWorker(
                hostname=worker.hostname,
                heartbeat=moment(worker.heartbeats[-1]),
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
    # Keep the stored name, because a camera that starts during a task does not receive
    # the name.
    known = [task for task in tasks if task.name]
    late = [task for task in tasks if not task.name]
    write(SeenTask, known, TASK_FIELDS + RECEIVED_FIELDS)
    write(SeenTask, late, TASK_FIELDS)


def write(model, rows: list, fields: list[str]) -> None:
    """Insert rows, or update these fields of existing rows."""
    model.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=[model._meta.pk.name],
        update_fields=fields,
        batch_size=500,
    )


def moment(timestamp: float) -> datetime:
    """Return an event's timestamp as a datetime."""
    return datetime.fromtimestamp(timestamp, UTC)
