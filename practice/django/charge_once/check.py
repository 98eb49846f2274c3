"""Two processes receive the same order at the same time."""

from sprout.practice.run import Run

SETTINGS = "shop.settings"


def check(run: Run) -> None:
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)
    from shop.models import Charge, Order

    charge = run.task("charge")
    order = Order.objects.create(customer="anna", cents=900)
    other = Order.objects.create(customer="bruno", cents=100)
    run.worker("-c", "2", pool="prefork")
    for _ in range(2):
        charge.delay(order.pk)
    run.settle()
    single = Order.objects.create(customer="carl", cents=300)
    charge.delay(single.pk)
    run.settle()
    run.succeeded(*run.spans)
    met = run.folder / "meeting"
    run.require(
        met.exists() and len(list(met.iterdir())) >= 2,
        "charge() does not call wait_for_the_other() before it charges.",
        "two calls",
        "fewer calls",
    )
    cents = [each.cents for each in Charge.objects.filter(order=order)]
    run.require(cents, "The order has no charge.", "[900]", f"{cents}")
    run.require(len(cents) == 1, "The order has two charges.", "[900]", f"{cents}")
    run.equal(cents, [900], "The charge has the wrong amount.")
    alone = Charge.objects.filter(order=single).count()
    run.equal(alone, 1, "An order with one message does not have exactly one charge.")
    run.equal(Charge.objects.count(), 2, "Another order was charged.")
    order.refresh_from_db()
    run.equal(order.charged, True, "The order is not marked as charged.")
    other.refresh_from_db()
    run.equal(other.charged, False, "Another order was marked as charged.")
