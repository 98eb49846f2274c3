import json
import sys
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import rich

from follow import load, table

FLOWER = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:5555"
local = build_opener(ProxyHandler({}))  # Flower runs on this machine, so bypass proxies


def state(task_id: str) -> str:
    """Return the state in Flower, or "(not seen)" if Flower does not list the task."""
    try:
        with local.open(f"{FLOWER}/api/task/info/{task_id}", timeout=10) as answer:
            return json.load(answer)["state"]
    except HTTPError as error:
        if error.code != 404:
            sys.exit(f"Flower answers {error.code}: {error.read().decode()}")
        return "(not seen)"
    except OSError as error:
        sys.exit(f"No Flower at {FLOWER}: {error}")


tasks = load()
rich.print(table(tasks, [state(task["id"]) for task in tasks]))
