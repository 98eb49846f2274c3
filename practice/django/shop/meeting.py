"""A barrier: two tasks that run at the same time wait here for each other."""

import time
from pathlib import Path
from uuid import uuid4

LONGEST = 10.0  # seconds that a task waits for another one


def wait_for_the_other() -> None:
    """Return when two tasks have called this function, or after LONGEST seconds."""
    here = Path("meeting")
    here.mkdir(exist_ok=True)
    (here / uuid4().hex).touch()
    deadline = time.monotonic() + LONGEST
    while len(list(here.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
