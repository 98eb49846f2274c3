import json
import sys
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from rich import print

from follow import load, table

FLOWER = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:5555"


def state(task_id):
    """Return what Flower says of one task; it knows only those it saw running."""
    try:
        with urlopen(f"{FLOWER}/api/task/info/{task_id}", timeout=10) as answer:
            return json.load(answer)["state"]
    except HTTPError as error:
        if error.code == 404:
            return "(not seen)"
        sys.exit(f"Flower answers {error.code}: {error.read().decode()}")
    except URLError as error:
        sys.exit(f"No Flower at {FLOWER}: {error.reason}")


labels, tasks = load()
print(table(labels, [state(task_id) for task_id, _ in tasks]))
