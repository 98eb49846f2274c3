"""One task under two names: a task is called what its module is called.

Import the module under another name and it is another task, which no worker knows.
"""

import sys
from pathlib import Path

from celery.exceptions import NotRegistered

from lessons.trap.tasks import add

# What some projects do to write shorter imports.
sys.path.insert(0, str(Path(__file__).parent / "trap"))

from tasks import add as same_add


def main():
    for task in (add, same_add):
        try:
            print(task.name, "gives", task.delay(2, 2).get(timeout=10))
        except NotRegistered as error:
            print(task.name, "is unknown to the worker:", error)
    print("Always import it the way the worker does.")
