"""Both tasks return the stamps of their own messages."""

from sprout.practice.run import Run


def check(run: Run) -> None:
    run.task("check_order")
    run.task("pay_back")
    id = run.call(run.function("refund"), 12, "bruno")
    messages = [each for queue in run.waiting().values() for each in queue]
    run.require(messages, "No task was sent.", "one message", "no message")
    run.require(
        messages[0].get("stamps") or "clerk" not in messages[0],
        "refund() sends a header instead of a stamp.",
        "stamps: {'clerk': ...}",
        f"clerk: {messages[0].get('clerk')!r}",
    )
    run.worker()
    run.settle()
    last = run.only("pay_back")
    run.succeeded(run.only("check_order"), last)
    result = run.result(last.id).result
    run.equal(result.get("order"), 12, "The wrong order was refunded.")
    first, second = result["asked"]
    seen = f"{first}, then {second}"
    run.require(first, "The first message has no stamp.", "clerk", seen)
    run.require("clerk" in first, "The stamp has the wrong name.", "clerk", seen)
    run.require(second, "Only the first message has the stamp.", "both", seen)
    stamps = [stamp["clerk"] for stamp in (first, second)]
    run.require(
        all(stamp in ("bruno", ["bruno"]) for stamp in stamps),
        "The stamp is not the name of the clerk.",
        "bruno",
        seen,
    )
    run.equal(id, last.id, "refund() does not return the id of pay_back.")
