"""The client must send the task once, with the right arguments, and must not wait."""

from sprout.practice.run import Run, states


def check(run: Run) -> None:
    run.task("send_mail")
    run.worker()
    welcome = run.function("welcome")
    with run.no_waiting("welcome() waits for the result of the task."):
        id = run.call(welcome, "anna@example.org")
    spans = run.settle()
    run.require(
        spans or not str(id).startswith("sent "),
        "send_mail() ran in the client. Nothing was sent.",
        "the worker runs send_mail()",
        "the worker received no message",
    )
    run.require(
        spans,
        "No task was sent.",
        "the worker receives one message",
        f"the worker received no message, and welcome() returned {id!r}",
    )
    run.require(len(spans) == 1, "More than one task was sent.", "one", states(spans))
    (mail,) = spans
    run.require(
        isinstance(id, str) and id == mail.id,
        "welcome() does not return the task's id.",
        "the task's id, a str",
        f"{type(id).__name__}: {id!r}",
    )
    run.require(
        mail.state == "SUCCESS",
        "The task failed.",
        "send_mail SUCCESS",
        f"send_mail {mail.state}: {mail.result}",
    )
    run.require(
        run.result(mail.id).result == "sent Welcome to anna@example.org",
        "The email has the wrong subject.",
        "sent Welcome to anna@example.org",
        f"{run.result(mail.id).result}",
    )
