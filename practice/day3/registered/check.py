"""No worker is running. To list the tasks, the client must import their modules."""

from sprout.practice.run import Run

EXPECTED = ["exercise.open_store", "store.jobs.count_stock"]


def check(run: Run) -> None:
    app = run.app
    names = run.call(run.function("task_names"))
    run.require(
        isinstance(names, list),
        "task_names() does not return a list.",
        "a list",
        f"{names!r}",
    )
    run.require(
        "store.jobs.count_stock" in names,
        "The tasks of the included module are missing.",
        f"{EXPECTED}",
        f"{names}",
    )
    run.require(
        "exercise.open_store" in names,
        "The app's own task is missing.",
        f"{EXPECTED}",
        f"{names}",
    )
    run.require(
        not any(name.startswith("celery.") for name in names),
        "The list contains Celery's own tasks.",
        f"{EXPECTED}",
        f"{names}",
    )
    run.equal(names, EXPECTED, "The names are not sorted.")

    @app.task(name="a.task.of.today")
    def later() -> None:
        """Do nothing."""

    app.finalize()
    names = run.call(run.function("task_names"))
    expected = ["a.task.of.today", *EXPECTED]
    run.equal(names, expected, "A task that was added later is missing.")
