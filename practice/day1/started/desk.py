"""A clerk who looks at the import before it ends: the file `clerk` says so."""

import time
from pathlib import Path


def wait_for_clerk() -> None:
    Path("begun").touch()
    while not Path("clerk").exists():
        time.sleep(0.02)
