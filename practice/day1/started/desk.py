"""A stand-in for a long import, which runs until the file `clerk` exists."""

import time
from pathlib import Path


def wait_for_clerk() -> None:
    Path("begun").touch()
    while not Path("clerk").exists():
        time.sleep(0.02)
