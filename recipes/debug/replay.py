"""Run a task with its stored arguments in this process: python replay.py ID."""

import sys

from shop import app

result = app.AsyncResult(sys.argv[1])
print(f"{result.name} {result.args} {result.kwargs} ran on {result.worker}")
task = app.tasks[result.name]
print("here:", task(*result.args, **result.kwargs))
