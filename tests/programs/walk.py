"""Run workflows of day 6, given as Python expressions in a JSON list on standard input.

Prints two lists with an item for each workflow: the names of its tasks, and their final
states.
"""

import json
import sys
import time

from celery import chain, group

import workflows
from status import DONE, prepare, states
from taskrunner.celery import app
from taskrunner.tasks.addition.sums import add, sub
from taskrunner.tasks.addition.totals import total
from taskrunner.tasks.multiplication.products import mul
from taskrunner.tasks.multiplication.quotients import div

NAMES = {
    "add": add,
    "app": app,
    "chain": chain,
    "div": div,
    "group": group,
    "mul": mul,
    "sub": sub,
    "total": total,
    "workflows": workflows,
}

built = [eval(text, NAMES) for text in json.load(sys.stdin)]  # noqa: S307
prepared = [prepare("w", workflow) for workflow in built]
# Keep references to the results, because a deleted result unsubscribes from Redis.
results = [workflow.apply_async() for workflow in built]
deadline = time.monotonic() + 60
while not all(DONE.issuperset(states(tasks)) for tasks in prepared):
    assert time.monotonic() < deadline
    time.sleep(0.1)
names = [[task["task"] for task in tasks] for tasks in prepared]
print(json.dumps([names, [states(tasks) for tasks in prepared]]))
