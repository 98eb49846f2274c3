"""The processes of a check: the client, which runs the check, and the workers.

A fork server imports Celery once, so that a check starts in half a second. Each process
is forked from the fork server, loads the latest text of exercise.py, and exits when the
runner closes its pipe to the process.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sprout.practice.checking import load, run_check
from sprout.practice.messages import RedisMessages
from sprout.recorder import Recorder
from sprout.spans import Span

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        *("sprout.practice.children", "celery.__main__", "celery.bin.celery"),
        *("celery.apps.worker", "celery.worker.consumer", "celery.concurrency.solo"),
        *("celery.concurrency.prefork", "celery.backends.redis", "celery.app.events"),
        *("kombu.transport.redis", "celery.canvas", "celery.fixups.django"),
        *("django.db.backends.sqlite3.base", "django.core.management.commands.migrate"),
    ]
)
WORKER = ["worker", "-l", "info", "-E", "--without-mingle", "--without-gossip"]


def prepare(url: str, settings: str, support: str, folder: Path, log: str) -> None:
    """Set up this process as if the reader had started it in the folder."""
    os.setsid()  # Ctrl-C reaches only the runner, which then ends this process.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["CELERY_BROKER_URL"] = os.environ["CELERY_RESULT_BACKEND"] = url
    if settings:
        os.environ["DJANGO_SETTINGS_MODULE"] = settings
    os.chdir(folder)
    sys.dont_write_bytecode = True
    # The Django exercises share the project in the parent folder.
    sys.path[:0] = [support, str(Path(support).parent)] if settings else [support]
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def end_with(connection: Connection, report: Callable[[], object] = list) -> None:
    """Kill this process and its children when the other end of the pipe closes.

    For each message from the other end, send the value of `report()`.
    """

    def watch() -> None:
        try:
            while True:
                connection.recv()
                connection.send(report())
        except (EOFError, OSError):
            os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def set_up_django(settings: str) -> None:
    """Load the Django models if the exercise has Django settings.

    In a project, Celery's fixup loads the models after importing the app. In an
    exercise, the file that defines the app also imports the models, so the models must
    be loaded first.
    """
    if settings:
        import django

        django.setup()


def worker(
    life: Connection, talk: Connection, text: str, path: str, arguments: list[str],
    surroundings: tuple[Any, ...],
) -> None:  # fmt: skip
    """Run `celery -A exercise worker`, and send its queues when it is ready."""
    from celery.__main__ import main
    from celery.signals import task_prerun, worker_ready

    prepare(*surroundings)
    end_with(life)

    def ready(sender: Any, **_: Any) -> None:
        if "solo" in arguments:
            # The solo pool blocks the worker, which sends buffered events only after
            # the task. Send the events before the task, so that the timeline shows even
            # a task in an endless loop.
            task_prerun.connect(lambda **_: sender.event_dispatcher.flush(), weak=False)
        talk.send(list(sender.app.amqp.queues.consume_from))

    worker_ready.connect(ready, weak=False)
    set_up_django(surroundings[1])
    load(text, path)
    sys.argv = ["celery", "-A", "exercise", *WORKER, *arguments]
    main()


def client(
    life: Connection, talk: Connection, text: str, path: str, check: Path,
    surroundings: tuple[Any, ...],
) -> None:  # fmt: skip
    """Load the reader's code, run the check, and send the outcome to the runner."""
    prepare(*surroundings)
    url, settings = surroundings[:2]
    recorder = Recorder(url)
    end_with(life, lambda: spans_until_now(recorder))

    def ask(kind: str, *arguments: Any) -> Any:
        talk.send((kind, *arguments))
        return talk.recv()

    with recorder:
        seen = run_check(
            *(check, text, path, RedisMessages(url), recorder, ask),
            set_up=lambda: set_up_django(settings),
        )
        seen["spans"] = spans_until_now(recorder)
    sys.stdout.flush()
    talk.send(("done", seen))


def spans_until_now(recorder: Recorder) -> list[Span]:
    """Return the spans in order of receipt. The span of a running task ends now."""
    spans = sorted(recorder.spans.values(), key=lambda span: span.begin)
    for span in spans:
        if span.state == "STARTED":
            span.tries[-1].ended = time.time()
    return spans
