"""The client sends tasks by name, so the check depends only on the worker's imports."""

from unittest import mock

from celery.loaders import base

from sprout.practice.run import Run

TASK = "store.jobs.count_stock"


def searched_modules(run: Run) -> list[str]:
    """Return the names of the modules that autodiscovery tries to import."""
    tried = []

    def note(package: str, related: str) -> None:
        tried.append(f"{package}.{related}")

    with mock.patch.object(base, "find_related_module", note):
        run.app.loader.import_default_modules()
    return tried


def check(run: Run) -> None:
    tried = searched_modules(run)
    run.worker()
    result = run.app.send_task(TASK, ["A3"])
    run.settle()
    for module in tried:
        message = f"Celery looks for {module}, which does not exist."
        run.require(result.state == "SUCCESS", message, f"{TASK} is registered", module)
    run.require(
        result.state == "SUCCESS",
        "The worker has not registered the task.",
        f"{TASK} SUCCESS",
        f"{result.state}: {result.result!r}",
    )
    run.equal(result.result, "counted A3", "The task returned the wrong value.")
