"""Start a worker for a recipe, or for the app of a recipe's test."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sprout.process import Process


def wait_for(text: str, process: Process, seconds: float = 60) -> str:
    """Wait until the output of a process contains `text`. Return the output."""
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
    """Run `celery -A app worker` in a folder. Wait until the worker is ready."""
    command = ["celery", "-A", app, "worker", "-l", "info", "-c", "1", *arguments]
    with Process(command, cwd=folder, env=env, grace=15) as process:
        wait_for(" ready.", process)
        yield process
