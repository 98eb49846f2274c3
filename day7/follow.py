import json
import sys
import time
from pathlib import Path

from rich.live import Live
from rich.table import Table

from status import DONE, states

SAVED = Path(__file__).with_name("runs.json")


def load() -> list[dict]:
    """Return the tasks in runs.json, which client.py saved."""
    if not SAVED.exists():
        sys.exit(f"{SAVED.name} does not exist yet. Run client.py first.")
    return json.loads(SAVED.read_text(encoding="utf-8"))


def table(tasks: list[dict], found: list[str]) -> Table:
    """Return a table with a row for each task and its state."""
    rows = Table("workflow", "task", "state", box=None)
    for task, state in zip(tasks, found, strict=True):
        rows.add_row(task["workflow"], task["task"], state)
    return rows


def main(seconds: float = 60) -> None:
    """Show the table until all tasks have finished, for at most `seconds`."""
    tasks = load()
    deadline = time.monotonic() + seconds
    with Live() as live:
        while True:
            found = states(tasks)
            live.update(table(tasks, found))
            if DONE.issuperset(found):
                return
            if time.monotonic() > deadline:
                sys.exit(f"Not finished after {seconds} seconds. Is a worker running?")
            time.sleep(0.2)


if __name__ == "__main__":
    main()
