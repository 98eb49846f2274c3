import sys
from pathlib import Path

from celery.exceptions import NotRegistered

from shop.tasks import total

# Some projects change sys.path to write shorter imports.
sys.path.insert(0, str(Path(__file__).parent / "shop"))

from tasks import total as same_total

for task in (total, same_total):
    try:
        print(task.name, "gives", task.delay([20, 22]).get(timeout=10))
    except NotRegistered as error:
        print(task.name, "is unknown to the worker:", error)
