"""Two of three orders have the same amount. Each order needs three attempts."""

from sprout.practice.run import Run


def check(run: Run) -> None:
    task = run.task("charge_order")
    import bank

    run.worker()
    orders = {1: 500, 2: 900, 3: 500}
    ids = [task.delay(order, cents).id for order, cents in orders.items()]
    run.settle()
    charges = sorted(bank.charges())
    seen = f"charges of {charges} cents"
    expected = "charges of [500, 500, 900] cents"
    run.require(charges, "Nothing was charged.", expected, seen)
    times = charges.count(900)
    run.require(times <= 1, f"Order 2 was charged {times} times.", expected, seen)
    run.require(
        len(charges) <= 3, "An order was charged more than once.", expected, seen
    )
    states = [run.result(id).state for id in ids]
    run.require(
        states == ["SUCCESS"] * 3,
        "An order has no receipt.",
        "three tasks SUCCESS",
        ", ".join(states),
    )
    run.require(len(charges) != 1, "All orders share one charge.", expected, seen)
    run.require(
        charges != [500, 900],
        "Two orders with the same amount share one charge.",
        expected,
        seen,
    )
    run.require(charges == [500, 500, 900], "The charges are wrong.", expected, seen)
