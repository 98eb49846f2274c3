"""A barrier at which two concurrent tasks wait for each other."""

import time
from pathlib import Path
from uuid import uuid4

LONGEST = 10.0  # seconds that a task waits for the other task


def wait_for_the_other() -> None:
    """Wait until two tasks have called this function, for at most LONGEST seconds."""
    here = Path("meeting")
    here.mkdir(exist_ok=True)
    (here / uuid4().hex).touch()
    deadline = time.monotonic() + LONGEST
    while len(list(here.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
