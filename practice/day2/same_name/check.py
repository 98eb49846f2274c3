"""Each customer must get the right email, and each email must have its own task."""

from celery import Task

from sprout.practice.run import Run, states


def check(run: Run) -> None:
    own = [each for each in vars(run.module).values() if isinstance(each, Task)]
    run.task("send_thanks")
    names = sorted(each.name for each in own)
    run.require(
        len(set(names)) == len(names) or len(names) < 2,
        "Both tasks are still named letters.send.",
        "two names",
        ", ".join(names),
    )
    run.task("send_goodbye")
    expected = ["letters.send_goodbye", "letters.send_thanks"]
    run.equal(names, expected, "The tasks do not have the required names.")
    run.worker()
    ids = [
        run.call(run.function("order"), "anna"),
        run.call(run.function("leave"), "bruno"),
    ]
    spans = run.settle()
    run.require(
        len(spans) == 2, "leave() does not send a task.", "two tasks", states(spans)
    )
    seen = [run.result(id).result for id in ids]
    run.equal(
        seen,
        ["thanks, anna", "goodbye, bruno"],
        "The customers get each other's email.",
    )
