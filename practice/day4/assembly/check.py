"""Before a worker starts, only the first message is sent. The steps run in order."""

from sprout.practice.run import Run


def check(run: Run) -> None:
    for name in ("pick", "weigh", "tell"):
        run.task(name)
    with run.no_waiting("handle() waits for a result."):
        id = run.call(run.function("handle"), 12, "anna@example.org")
    first = [each["task"] for queue in run.waiting().values() for each in queue]
    run.require(
        len(first) < 2,
        "The tasks do not run one after another.",
        "one message",
        f"{first}",
    )
    run.worker()
    run.settle()
    # Celery checks a step's arguments when the previous step sends the message.
    for name, following in (("pick", "weigh"), ("weigh", "tell")):
        span = run.only(name)
        run.require(
            span.state == "SUCCESS",
            f"{name} failed: {following} receives the wrong arguments.",
            f"{name} SUCCESS",
            f"{run.result(span.id).result}",
        )
    weigh = run.only("weigh")
    run.equal(run.result(weigh.id).result, 12, "The postage is wrong.")
    tell = run.only("tell")
    run.succeeded(tell)
    answer = run.result(tell.id).result
    run.equal(answer, "told anna@example.org", "tell received the wrong address.")
    run.equal(id, tell.id, "handle() does not return the id of the last task.")
