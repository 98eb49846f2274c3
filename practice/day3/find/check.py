"""find_tasks() must return the two modules, and a worker must run their tasks."""

from sprout.practice.run import Run

EXPECTED = ["store.tasks.letters.bills", "store.tasks.orders"]


def check(run: Run) -> None:
    found = run.call(run.function("find_tasks"))
    run.require(
        isinstance(found, list),
        "find_tasks() does not return a list.",
        "a list",
        f"{found!r}",
    )
    names = f"{found!r}"
    run.require(found, "No module was found.", f"{EXPECTED}", names)
    run.require(
        "__init__" not in names and "store.tasks.letters" not in found,
        "The list contains an __init__.py file.",
        f"{EXPECTED}",
        names,
    )
    run.require(
        "prices" not in names,
        "The list contains a file that is not a Python module.",
        f"{EXPECTED}",
        names,
    )
    run.require(
        all(str(name).startswith("store.tasks.") for name in found),
        "The names do not start with the name of the package.",
        f"{EXPECTED}",
        names,
    )
    run.require(
        EXPECTED[0] in found,
        "A module in a subfolder is missing.",
        f"{EXPECTED}",
        names,
    )
    run.equal(found, EXPECTED, "The list is not the sorted list of modules.")
    app = run.app
    run.worker()
    sent = [
        app.send_task("store.tasks.letters.bills.print_bill", [7]),
        app.send_task("store.tasks.orders.pack", [7]),
    ]
    run.settle()
    for result in sent:
        run.equal(result.state, "SUCCESS", "The worker has not registered the tasks.")
