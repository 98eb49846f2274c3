"""task_acks_late only delays the acknowledgement. The state is still PENDING."""

from celery import Celery

app = Celery(
    "contacts", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)

app.conf.update(
    task_acks_late=True,
    result_expires=3600,
)


@app.task
def import_contacts(file: str) -> str:
    from desk import wait_for_clerk

    wait_for_clerk()
    return f"imported {file}"
