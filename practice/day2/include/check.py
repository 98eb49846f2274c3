"""The client sends tasks by name, so the check depends only on the worker's imports."""

from sprout.practice.run import Run

CALLS = {
    "bakery.orders.bake": ["rye"],
    "bakery.mails.send_mail": ["anna@example.org"],
    "bakery.stock.refill": ["flour"],
}


def check(run: Run) -> None:
    app = run.app
    run.worker()
    sent = {name: app.send_task(name, args) for name, args in CALLS.items()}
    run.settle()
    lost = [name for name, result in sent.items() if result.state != "SUCCESS"]
    run.require(
        len(lost) < 3,
        "The worker has no task of the bakery. The package itself defines no tasks.",
        ", ".join(CALLS),
        "no task of the bakery",
    )
    for name in lost:
        message = f"The worker has not registered {name}."
        run.wrong(message, f"{name} SUCCESS", "NotRegistered")
