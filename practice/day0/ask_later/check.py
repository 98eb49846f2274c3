"""Look up a waiting report, a finished report, and a failed report."""

from sprout.practice.run import Run


def check(run: Run) -> None:
    make_report = run.task("make_report")
    look_up = run.function("look_up")
    good, bad = make_report.delay(2024).id, make_report.delay(1999).id

    def ask(id: str) -> object:
        with run.no_waiting("look_up() waits for the result of the task."):
            return run.call(look_up, id)

    early = ask(good)
    sent = sum(map(len, run.waiting().values()))
    run.require(
        sent == 2, "look_up() sends a task.", "two messages wait", f"{sent} wait"
    )
    run.require(
        early == "not ready",
        "look_up() does not return 'not ready' before the report is ready.",
        "'not ready'",
        f"{early!r}",
    )
    run.worker()
    run.settle()
    for id, expected, message in (
        (good, "report-2024.pdf", "look_up() does not return a finished report."),
        (
            bad,
            "failed: no figures before 2000",
            "look_up() does not report that the report failed.",
        ),
    ):
        seen = ask(id)
        run.require(seen == expected, message, f"{expected!r}", f"{seen!r}")
