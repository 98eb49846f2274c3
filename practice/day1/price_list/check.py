"""Order two of three articles. The worker must compute the sum."""

from sprout.practice.run import Run


def check(run: Run) -> None:
    run.task("add_up")
    run.worker()
    id = run.call(run.function("send_order"), {7: 250, 12: 999, 31: 1}, [7, 12, 7])
    run.settle()
    run.require(
        run.spans,
        "The client computed the sum. No task was sent.",
        "add_up once",
        f"no task; send_order() returned {id!r}",
    )
    span = run.only("add_up")
    run.require(
        not span.arguments.startswith(("'", '"')),
        "add_up received the prices as a string.",
        "a dict",
        span.arguments,
    )
    run.succeeded(span)
    run.equal(run.result(span.id).result, 1499, "The sum is wrong.")
    run.equal(id, span.id, "send_order() does not return the task's id.")
