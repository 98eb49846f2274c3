"""The ids must match the three tasks, in the order in which they ran."""

from typing import Any
from unittest import mock

from celery.canvas import _chain

from sprout.practice.run import Run

STEPS = ("read_file", "check_rows", "store_rows")


def check(run: Run) -> None:
    for name in STEPS:
        run.task(name)
    prepared: list[list[str | None]] = []
    apply_async = _chain.apply_async

    def watched(workflow: Any, *args: Any, **options: Any) -> Any:
        steps = [step.options.get("task_id") for step in workflow.tasks]
        steps[-1] = options.get("task_id") or steps[-1]
        prepared.append(steps)
        return apply_async(workflow, *args, **options)

    with (
        run.no_waiting("start() waits for a result."),
        mock.patch.object(_chain, "apply_async", watched),
    ):
        ids = run.call(run.function("start"), "prices.csv")
    run.worker()
    run.settle()
    spans = [run.only(name) for name in STEPS]
    run.succeeded(*spans)
    ran = [span.id for span in spans]
    run.require(
        isinstance(ids, list) and len(ids) == 3,
        "start() does not return one id for each step.",
        "three ids",
        f"{ids!r}",
    )
    run.require(
        set(ids) & set(ran),
        "The steps did not run with the returned ids.",
        f"{ran}",
        f"{ids}",
    )
    run.equal(ids, ran, "The ids are not in the order of the steps.")
    if prepared:
        run.equal(prepared[0], ids, "The ids were read after sending.")
