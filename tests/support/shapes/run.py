"""Send workflows with the shapes on standard input. Print the tasks that ran.

A shape is "ok" or "fail" for a task, or ["chain" | "group" | "chord", [shape, ...]].
The last shape of a chord is its body. The program prints two lists. The first list has
an item for each shape: the tasks from day 6's `prepare` and their final states, or null
if `prepare` rejects the shape. The second list has the id, the start and the end of
each task that ran.

Run the program in this folder, with day 6 on PYTHONPATH.
"""

import json
import sys
import time

from celery import Signature, chain, chord, group

from status import DONE, prepare, states
from taskrunner.celery import app, step


def build(shape: str | list) -> Signature:
    if isinstance(shape, str):
        return step.s(fail=shape == "fail")
    kind, parts = shape
    members = [build(part) for part in parts]
    if kind == "chain":
        return chain(*members)
    return group(*members) if kind == "group" else chord(members[:-1], members[-1])


def prepared_or_none(workflow: Signature) -> list[dict] | None:
    """Return the tasks of a workflow, or None if `prepare` rejects it."""
    try:
        return prepare("shape", workflow)
    except ValueError:
        return None


workflows = [build(shape) for shape in json.load(sys.stdin)]
prepared = [prepared_or_none(workflow) for workflow in workflows]
app.backend.client.delete("ran")
results = [  # Keep references: a deleted result unsubscribes from Redis.
    workflow.apply_async()
    for workflow, tasks in zip(workflows, prepared, strict=True)
    if tasks is not None
]
deadline = time.monotonic() + 60
found = [states(tasks or []) for tasks in prepared]
while not all(DONE.issuperset(each) for each in found):
    if time.monotonic() > deadline:
        sys.exit(f"Not finished after 60 seconds: {found}")
    time.sleep(0.1)
    found = [states(tasks or []) for tasks in prepared]
ran = [json.loads(run) for run in app.backend.client.lrange("ran", 0, -1)]
shown = [
    None if tasks is None else (tasks, states_of)
    for tasks, states_of in zip(prepared, found, strict=True)
]
json.dump([shown, ran], sys.stdout)
sys.stdout.flush()
