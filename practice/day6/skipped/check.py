"""One chain fails at the second of its four steps. Another chain succeeds."""

from celery import chain
from celery.utils import uuid

from sprout.practice.run import Run


def check(run: Run) -> None:
    read_file, check_rows = run.task("read_file"), run.task("check_rows")
    store_rows = run.task("store_rows")
    states = run.function("states")

    def send(name: str) -> list[str]:
        steps = [read_file.s(name), check_rows.s(), store_rows.s(), store_rows.si(1)]
        ids = [uuid() for _ in steps]
        pairs = zip(steps, ids, strict=True)
        chain(*(step.set(task_id=id) for step, id in pairs)).apply_async()
        return ids

    waiting = ["PENDING"] * 4
    ids = send("prices-of-the-year-2026.csv")
    message = "states() reports SKIPPED for a step that can still run."
    run.equal(run.call(states, list(ids)), waiting, message)
    run.worker()
    run.settle()
    seen = run.call(states, list(ids))
    expected = ["SUCCESS", "FAILURE", "SKIPPED", "SKIPPED"]
    run.require(
        isinstance(seen, list),
        "states() does not return a list.",
        "a list",
        f"{seen!r}",
    )
    run.require(
        seen[:2] == expected[:2],
        "states() does not report FAILURE for the failed step.",
        f"{expected}",
        f"{seen}",
    )
    run.require(
        seen[2:] != ["FAILURE", "FAILURE"],
        "states() reports FAILURE for steps that never ran.",
        f"{expected}",
        f"{seen}",
    )
    run.equal(seen, expected, "states() does not report SKIPPED for every later step.")
    ids = send("prices.csv")
    run.settle()
    seen = run.call(states, list(ids))
    run.equal(seen, ["SUCCESS"] * 4, "states() does not report SUCCESS for each step.")
