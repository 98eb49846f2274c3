"""Find the modules with tasks.

The store puts its tasks below store/tasks, in files of any depth. Complete
find_tasks(): return the dotted names of these modules, sorted, such as
"store.tasks.orders". A file __init__.py is no module with tasks.
"""

from pathlib import Path

from celery import Celery

import store

PACKAGE = Path(store.__file__).parent


def find_tasks() -> list[str]:
    return []  # your code here


app = Celery(
    "store",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=find_tasks(),
)
