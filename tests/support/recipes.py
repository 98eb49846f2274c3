"""Start the worker of a recipe, or of an app that a recipe's test has."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sprout.process import Process


def wait_for(text: str, process: Process, seconds: float = 60) -> str:
    """Return what a process has printed when `text` is in it."""
    deadline = time.monotonic() + seconds
    while text not in (log := process.log()):
        assert process.running, log
        assert time.monotonic() < deadline, log
        time.sleep(0.05)
    return log


@contextmanager
def worker(
    app: str, folder: Path, env: Mapping[str, str], *arguments: str
) -> Iterator[Process]:
    """Run `celery -A app worker` in a folder; it is ready when the block begins."""
    command = ["celery", "-A", app, "worker", "-l", "info", "-c", "1", *arguments]
    with Process(command, cwd=folder, env=env, grace=15) as process:
        wait_for(" ready.", process)
        yield process
