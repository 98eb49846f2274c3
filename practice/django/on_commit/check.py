"""A rolled-back transaction sends no task. A committed transaction sends one task."""

from sprout.practice.run import Run

SETTINGS = "shop.settings"


class Rollback(Exception):
    """Raised to roll back the caller's transaction."""


def check(run: Run) -> None:
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", run_syncdb=True, verbosity=0)
    run.task("confirm")
    place = run.function("place")
    try:
        with transaction.atomic():
            run.call(place, "bruno")
            raise Rollback
    except Rollback:
        pass
    sent = [each for queue in run.waiting().values() for each in queue]
    late = any(message.get("eta") for message in sent)
    run.require(
        not late,
        "The message is sent before the commit, with a countdown.",
        "no message after a rollback",
        "a message with an ETA waits",
    )
    run.require(
        not sent,
        "The message is sent although the caller's transaction is rolled back.",
        "no message",
        "a message waits",
    )
    order = run.call(place, "anna")
    run.worker()
    run.settle()
    span = run.only("confirm")
    run.succeeded(span)
    expected = f"confirmed order {order.pk} of anna"
    run.equal(run.result(span.id).result, expected, "The wrong order was confirmed.")
