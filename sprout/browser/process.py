"""The programs of the page's processes: a worker, a script, a check and a prompt.

In a Web Worker, the page calls these functions. In a terminal, run a worker or a script
as a command, with the broker's URL and the name of the process in the environment:

    python -m sprout.browser.process worker taskrunner worker1@page
    python -m sprout.browser.process file client.py
"""

import code
import importlib
import os
import runpy
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from celery.app import backends
from celery.app.utils import find_app
from kombu.transport import TRANSPORT_ALIASES

from sprout.browser import backend, transport
from sprout.browser.link import connect

URL = "page://broker"

# Without gossip and mingle, a worker does not search for other workers and starts a
# second faster.
OPTIONS = {"without_gossip": True, "without_mingle": True, "task_events": True}


# Celery imports these modules when an app sends its first task, or when a worker
# starts.
LATER = (
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.events",
    "celery.app.log",
    "celery.app.trace",
    "celery.apps.worker",
    "celery.contrib.abortable",
    "celery.events.receiver",
    "celery.fixups.django",
    "celery.loaders.app",
    "celery.utils.static",
    "celery.utils.sysinfo",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.control",
    "celery.worker.heartbeat",
    "celery.worker.loops",
    "celery.worker.pidbox",
    "celery.worker.strategy",
)


def preload() -> None:
    """Import the modules in LATER, so that the memory snapshot contains them."""
    for name in LATER:
        importlib.import_module(name)


def prepare() -> None:
    """Make every Celery app use the page's broker and result backend.

    Celery reads CELERY_BROKER_URL and CELERY_RESULT_BACKEND, which take precedence over
    the URLs in the code.
    """
    TRANSPORT_ALIASES["page"] = f"{transport.__name__}:Transport"
    backends.BACKEND_ALIASES["page"] = f"{backend.__name__}:Backend"
    os.environ["CELERY_BROKER_URL"] = os.environ["CELERY_RESULT_BACKEND"] = URL
    # In a Web Worker, time.sleep() keeps a processor busy.
    if sys.platform == "emscripten":
        time.sleep = connect().sleep


def enter(folder: str) -> None:
    """Make `folder` the working directory and add it to the import path."""
    os.chdir(folder)
    sys.path.insert(0, folder)


def run_worker(application: str, hostname: str, reply: str = "") -> int:
    """Run `celery -A application worker -l info -P solo` until Ctrl-C.

    Returns the worker's exit code. If `reply` is given, the worker stores its queues
    under this key when it is ready. The check of an exercise waits for the key.
    """
    if reply:
        from sprout.browser.practice import reply_when_ready

        reply_when_ready(reply)
    worker = find_app(application).Worker(
        hostname=hostname,
        pool="sprout.browser.solo:TaskPool",
        concurrency=1,
        loglevel="INFO",
        **OPTIONS,
    )
    worker.start()
    return int(worker.exitcode or 0)


def run_file(name: str) -> int:
    """Run `python NAME` and return the exit code. Print the traceback of an error."""
    try:
        runpy.run_path(name, run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def run_check(file: str, post: Callable[[str], None]) -> int:
    """Run the check of an exercise: see `sprout.browser.practice.check`."""
    from sprout.browser.practice import check

    check(file, post)
    return 0


class Prompt(code.InteractiveConsole):
    """A Python prompt. `push(line)` returns True if the statement is incomplete."""


def main(arguments: list[str]) -> int:
    """Run a worker or a file, and return the exit code."""
    prepare()
    enter(str(Path.cwd()))
    match arguments:
        case ["worker", application, hostname]:
            return run_worker(application, hostname)
        case ["file", name]:
            return run_file(name)
    raise SystemExit("Usage: worker APPLICATION HOSTNAME, or file NAME")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
