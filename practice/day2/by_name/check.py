"""The message must contain the task's name. No worker of the bakery is running."""

from sprout.practice.run import Run

NAME = "bakery.mails.send_mail"


def check(run: Run) -> None:
    id = run.call(run.function("notify"), "anna@example.org", "baked")
    messages = [each for queue in run.waiting().values() for each in queue]
    run.require(messages, "No task was sent.", "one message", "no message")
    count = len(messages)
    run.require(count == 1, "More than one task was sent.", "one", f"{count}")
    (message,) = messages
    run.equal(message["task"], NAME, "The bakery has no task with this name.")
    run.require(
        len(message["args"]) + len(message["kwargs"]) <= 2,
        "The arguments are not in a list.",
        "two arguments",
        f"{len(message['args'])} arguments: {message['args']}",
    )
    got = [*message["args"], *message["kwargs"].values()]
    run.equal(
        got, ["anna@example.org", "baked"], "The task received the wrong arguments."
    )
    run.equal(id, message["id"], "notify() does not return the task's id.")
