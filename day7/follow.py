import json
import sys
import time
from pathlib import Path

from rich import print
from rich.live import Live
from rich.table import Table

from status import FAILED, states, walk

HERE = Path(__file__).parent
SAVED = HERE / "runs.json"
DONE = {"SUCCESS", *FAILED}


def load():
    """Return the saved runs: a label for each task, and the tasks from walk()."""
    if not SAVED.exists():
        sys.exit(f"{SAVED.name} is not there yet: run client.py, which saves it.")
    labels, tasks = [], []
    for run in json.loads(SAVED.read_text(encoding="utf-8")):
        labels += [(run["workflow"], name) for name in run["names"]]
        tasks += walk(run["result"])
    return labels, tasks


def table(labels, found):
    """Return a table with a row a task; found holds their states."""
    rows = Table("workflow", "task", "state", box=None)
    for (workflow, name), state in zip(labels, found, strict=True):
        rows.add_row(workflow, name, state)
    return rows


def main(seconds=60):
    labels, tasks = load()
    found = states(tasks)
    deadline = time.monotonic() + seconds
    with Live(transient=True) as live:
        while not DONE.issuperset(found):
            if time.monotonic() > deadline:
                sys.exit(
                    f"Not done after {seconds} seconds: is a worker running, and has "
                    "client.py been run since Redis was started?"
                )
            time.sleep(0.2)
            found = states(tasks)
            live.update(table(labels, found))
    print(table(labels, found))


if __name__ == "__main__":
    main()
