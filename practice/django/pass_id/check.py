"""The row changes after the message is sent and before the task runs."""

from sprout.practice.run import Run

SETTINGS = "shop.settings"


def check(run: Run) -> None:
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    from shop.models import Order

    run.task("send_mail")
    Order.objects.create(customer="bruno")
    order = Order.objects.create(customer="ana")
    id = run.call(run.function("notify"), order)
    Order.objects.filter(pk=order.pk).update(customer="anna")
    run.worker()
    run.settle()
    span = run.only("send_mail")
    run.succeeded(span)
    seen = run.result(span.id).result
    old = "The email uses the name as it was when the message was sent."
    run.require(seen != "mail to ana", old, "mail to anna", f"{seen}")
    run.equal(seen, "mail to anna", "The email goes to the customer of another order.")
    run.equal(id, span.id, "notify() does not return the task's id.")
