"""Two tasks succeed and two fail. The worker starts when the client first waits."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

from celery.result import AsyncResult, ResultSet

from sprout.practice.run import Run

# The methods with which a client waits for results. The first call starts the worker,
# so a client that does not wait receives no results.
WAIT = [
    (AsyncResult, "get"),
    (AsyncResult, "wait"),
    (ResultSet, "get"),
    (ResultSet, "join"),
    (ResultSet, "join_native"),
]


def call(run: Run) -> tuple[Any, bool]:
    """Call run_all(). Return the result, and True if run_all() waited."""
    waited = []

    def start_worker_before(wait: Callable[..., Any]) -> Callable[..., Any]:
        def method(*args: Any, **options: Any) -> Any:
            if not waited:
                waited.append(True)
                run.worker()
            return wait(*args, **options)

        return method

    with ExitStack() as patches:
        for kind, name in WAIT:
            method = start_worker_before(getattr(kind, name))
            patches.enter_context(mock.patch.object(kind, name, method))
        return run.call(run.function("run_all"), [3, -1, 4, -2]), bool(waited)


def check(run: Run) -> None:
    run.task("render")
    seen, waited = call(run)
    if not waited:
        run.worker()
    run.settle()
    run.require(
        waited, "run_all() does not wait for the results.", "it waits", f"{seen!r}"
    )
    run.require(
        isinstance(seen, dict),
        "run_all() does not return a dict.",
        "a dict",
        f"{seen!r}",
    )
    errors, files = seen.get("errors"), seen.get("files")
    good = ["invoice-3.pdf", "invoice-4.pdf"]
    run.equal(files, good, "The list of files contains a failed invoice.")
    run.require(
        isinstance(errors, list) and all(isinstance(each, str) for each in errors),
        "The errors are not strings.",
        "a list of strings",
        f"{errors!r}",
    )
    bad = ["no invoice -1", "no invoice -2"]
    run.equal(errors, bad, "The errors differ from the errors of the tasks.")
