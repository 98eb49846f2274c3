"""Two chains: one fails at its first of four steps, the other has not begun."""

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
    message = "A step that can still run is called SKIPPED."
    run.equal(run.call(states, list(ids)), waiting, message)
    run.worker()
    run.settle()
    seen = run.call(states, list(ids))
    expected = ["SUCCESS", "FAILURE", "SKIPPED", "SKIPPED"]
    run.require(
        isinstance(seen, list), "states() returns no list.", "a list", f"{seen!r}"
    )
    run.require(
        seen[:2] == expected[:2],
        "The step that failed is not FAILURE.",
        f"{expected}",
        f"{seen}",
    )
    run.require(
        seen[2:] != ["FAILURE", "FAILURE"],
        "Steps that never ran are called FAILURE.",
        f"{expected}",
        f"{seen}",
    )
    run.equal(seen, expected, "Only the first of the later steps is SKIPPED.")
    ids = send("prices.csv")
    run.settle()
    seen = run.call(states, list(ids))
    run.equal(seen, ["SUCCESS"] * 4, "A good import is not SUCCESS.")
