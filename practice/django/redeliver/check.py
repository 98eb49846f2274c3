"""One of three orders has its email. redeliver() runs twice without a worker."""

from sprout.practice.run import Run

SETTINGS = "shop.settings"


def check(run: Run) -> None:
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    from shop.models import Charge, Order

    run.task("send_mail")
    redeliver = run.function("redeliver")
    mailed = Order.objects.create(customer="carl", mailed=True)
    lost = [Order.objects.create(customer=name).pk for name in ("anna", "bruno")]
    count = run.call(redeliver)
    messages = [each for queue in run.waiting().values() for each in queue]
    run.require(messages, "No task was sent.", "two messages", "no message")
    sent = sorted([*each["args"], *each["kwargs"].values()][0] for each in messages)
    run.require(
        mailed.pk not in sent,
        "redeliver() sends a task for an order that was already mailed.",
        f"{lost}",
        f"{sent}",
    )
    run.equal(sent, lost, "redeliver() does not send each lost order once.")
    run.equal(count, 2, "redeliver() does not return the number of sent tasks.")
    run.call(redeliver)
    run.worker()
    run.settle()
    run.succeeded(*run.spans)
    left = Order.objects.filter(mailed=False).count()
    run.equal(left, 0, "An order is not marked as mailed.")
    mails = sorted(Charge.objects.values_list("order_id", flat=True))
    run.require(mails, "No email was sent.", f"{lost}", f"{mails}")
    run.equal(mails, lost, "A second message sent a second email.")
    free = all(mail.cents == 0 for mail in Charge.objects.all())
    run.require(free, "A Charge has more than 0 cents.", "0 cents", "more")
    # The two lost orders had two messages each. One message must also suffice.
    Order.objects.create(customer="dora")
    run.call(redeliver)
    run.settle()
    run.equal(Charge.objects.count(), 3, "An order with one message has no email.")
    run.equal(
        run.call(redeliver),
        0,
        "redeliver() sends tasks for orders that were already mailed.",
    )
