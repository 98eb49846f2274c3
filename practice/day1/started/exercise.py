"""Show that a task is running.

An import of contacts takes minutes. A page shows the state of the task, but the state
stays PENDING until the import ends. Configure the app so that a running task has the
state STARTED. Change only the settings.
"""

from celery import Celery

app = Celery(
    "contacts", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)

app.conf.update(
    result_expires=3600,
)


@app.task
def import_contacts(file: str) -> str:
    from desk import wait_for_clerk

    wait_for_clerk()
    return f"imported {file}"
