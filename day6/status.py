from celery import Signature, uuid

from taskrunner.celery import app

FAILED = {"FAILURE", "REVOKED", "SKIPPED"}
DONE = {"SUCCESS", *FAILED}


def prepare(name: str, workflow: Signature) -> list[dict]:
    """Assign ids to the tasks of a workflow, and return the tasks in running order."""
    tasks: list[dict] = []
    walk(workflow, tasks, waits_for=[])
    return [{"workflow": name, **task} for task in tasks]


def walk(part: Signature, tasks: list[dict], waits_for: list[str]) -> list[str]:
    """Append the tasks of a workflow part, and return the ids of the part's last tasks.

    waits_for contains the ids of the tasks that run directly before the part.
    """
    if part.task == "celery.chain":
        for earlier, step in zip([None, *part.tasks], part.tasks, strict=False):
            if earlier and ends_in_group(earlier) and step.task == "celery.chord":
                raise ValueError(f"{step} would not wait for the group before it")
            waits_for = walk(step, tasks, waits_for)
        return waits_for
    if part.task in ("celery.group", "celery.chord"):
        last = [i for member in part.tasks for i in walk(member, tasks, waits_for)]
        return last if part.task == "celery.group" else walk(part.body, tasks, last)
    if part.id or part.task == "celery.chunks":
        raise ValueError(f"{part} is used twice or is chunks(): use clone() or group()")
    part.set(task_id=uuid())
    tasks.append({"task": part.task, "id": part.id, "waits_for": waits_for})
    return [part.id]


def ends_in_group(part: Signature) -> bool:
    """Return whether a part ends in a chord whose body is a group."""
    if part.task == "celery.chain":
        return ends_in_group(part.tasks[-1])
    if part.task != "celery.chord":
        return False
    return part.body.task == "celery.group" or ends_in_group(part.body)


def states(tasks: list[dict]) -> list[str]:
    """Return each task's state in Celery, or SKIPPED if a task before it failed."""
    found: dict[str, str] = {}
    for task in tasks:
        skipped = any(found[other] in FAILED for other in task["waits_for"])
        state = "SKIPPED" if skipped else app.backend.get_state(task["id"])
        found[task["id"]] = state
    return list(found.values())
