"""The status of a whole workflow, from what result.as_tuple() says of it.

That is ((id, parent), members): the parent, a tuple like this one, is what runs
before it, or None; the members, if it is a group, are tuples like this one too.
"""

from taskrunner.celery import app

FAILED = {"FAILURE", "REVOKED", "SKIPPED"}


def walk(workflow, waits_for=()):
    """Return every task of a workflow, in the order in which they run.

    Each comes as a pair: its id, and the ids of the tasks that it waits for.
    """
    (task_id, parent), members = workflow
    before = walk(parent, waits_for) if parent else []
    waits_for = last(parent) if parent else waits_for
    if members is None:
        return [*before, (task_id, waits_for)]
    return [*before, *(pair for member in members for pair in walk(member, waits_for))]


def last(workflow):
    """Return the ids of the tasks that end a workflow: one, or a group's."""
    (task_id, _), members = workflow
    if members is None:
        return [task_id]
    return [task_id for member in members for task_id in last(member)]


def names(signature):
    """Return the names of every task of a workflow, in the order of walk().

    That order is known for chains, groups, and groups within chains. Of a chord()
    that ends in a chain of its own, Celery's result does not name every task.
    """
    steps = list(getattr(signature, "tasks", []))
    if hasattr(signature, "body"):  # a chord: its body runs when its tasks are done
        steps.append(signature.body)
    return [name for step in steps for name in names(step)] or [signature.task]


def states(tasks):
    """Return the states of the pairs from walk(), asking the backend just once.

    The states are Celery's own, and SKIPPED for a task that waits for one that
    failed: it will never run, though Celery says FAILURE, or PENDING for ever.
    """
    keys = [app.backend.get_key_for_task(task_id) for task_id, _ in tasks]
    found = {}
    for (task_id, waits_for), stored in zip(tasks, app.backend.mget(keys), strict=True):
        if any(found[other] in FAILED for other in waits_for):
            found[task_id] = "SKIPPED"
        elif stored is None:
            found[task_id] = "PENDING"
        else:
            found[task_id] = app.backend.decode_result(stored)["status"]
    return list(found.values())
