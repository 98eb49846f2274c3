"""The ids must match the three tasks, in the order in which they ran."""

from sprout.practice.run import Run

STEPS = ("read_file", "check_rows", "store_rows")


def check(run: Run) -> None:
    for name in STEPS:
        run.task(name)
    with run.no_waiting("start() waits for a result."):
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
        set(ids) & set(ran), "The steps ran with other ids.", f"{ran}", f"{ids}"
    )
    run.equal(ids, ran, "The ids are not in the order of the steps.")
