"""Reads the state while the import runs, then creates the file `clerk`."""

import time
from pathlib import Path


def wait_for_clerk() -> None:
    Path("begun").touch()
    while not Path("clerk").exists():
        time.sleep(0.02)
