"""A worker imports the modules when it starts. A client must call the loader itself."""

from celery import Celery

app = Celery(
    "store",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=["store.jobs"],
)


@app.task
def open_store() -> str:
    return "open"


def task_names() -> list[str]:
    app.loader.import_default_modules()
    return sorted(name for name in app.tasks if not name.startswith("celery."))
