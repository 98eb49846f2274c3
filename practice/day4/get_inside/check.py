"""The client must send render, mail must follow, and no task may wait for another."""

from sprout.practice.run import Run


def check(run: Run) -> None:
    run.task("render")
    run.task("mail")
    with run.no_waiting("bill() waits for a result."):
        id = run.call(run.function("bill"), 12)
    waiting = [each for queue in run.waiting().values() for each in queue]
    run.require(waiting, "No task was sent.", "one message", "no message")
    run.worker()
    run.settle()
    first = waiting[0]["task"].rpartition(".")[2]
    run.require(
        first == "render" or not run.named("render"),
        "A task still sends another task and waits for it.",
        "the client sends render",
        f"the client sends {first}, and render is sent by a task",
    )
    render = run.only("render")
    run.require(
        render.state == "SUCCESS",
        "render failed: mail receives the wrong arguments.",
        "render SUCCESS",
        f"{run.result(render.id).result}",
    )
    mail = run.only("mail")
    run.succeeded(mail)
    run.equal(
        run.result(mail.id).result,
        "mailed invoice-12.pdf",
        "mail returned the wrong text.",
    )
    run.equal(id, mail.id, "bill() does not return the id of mail.")
