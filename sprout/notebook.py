"""Start the broker and the worker of a notebook, and draw the worker's timeline.

>>> day = start("day0")
$ redis-server --bind 127.0.0.1 --save ''
$ cd day0
$ celery -A taskrunner worker -l info
The worker is ready.
>>> from taskrunner import add
>>> result = add.delay(4, 4)
>>> day.timeline(result)
add(4, 4)  SUCCESS  8

As an IPython extension, the module replaces tracebacks of common errors with one
sentence and a solution.
"""

import importlib
import logging
import os
import re
import sys
import time
import urllib.error
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import celery
import celery.exceptions
import kombu.exceptions
import redis.exceptions
from celery.result import AsyncResult, GroupResult
from IPython.core.getipython import get_ipython
from IPython.core.interactiveshell import InteractiveShell

from sprout import SproutError, timeline
from sprout.broker import Broker, free_port
from sprout.days import DAYS, ROOT
from sprout.process import Process
from sprout.recorder import LATE, Recorder
from sprout.show import Picture, begun, comparison
from sprout.spans import Span
from sprout.worker import COMMAND, Worker

START = "Run the cell that starts the broker and the worker, and then the later cells."
NO_BROKER = f"The broker is not running. {START}"
NO_WORKER = (
    "The worker has stopped, and its running tasks are lost. Run {}.start_worker(), "
    "then the cell that sent the tasks, and the later cells."
)
# A program that creates a folder and removes it on SIGTERM, even while other processes
# write to the folder.
SCRATCH = """\
import os, shutil, signal, tempfile, time
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
folder = tempfile.mkdtemp(prefix="sprout-")
print(folder, flush=True)
signal.sigwait({signal.SIGTERM})
while os.path.exists(folder):
    shutil.rmtree(folder, ignore_errors=True)
    time.sleep(0.1)
"""
# Errors that occur after the broker, the worker or the web server has stopped.
LOST = (
    celery.exceptions.TimeoutError,
    kombu.exceptions.OperationalError,
    redis.exceptions.ConnectionError,
    urllib.error.URLError,
)
_running: "Lesson | None" = None


class NotebookError(SproutError):
    """A cell ran out of order, or a required process has stopped."""


class Lesson:
    """A day or drf_api, with its broker and its worker.

    The functions `start()` and `start_application()` create and start a lesson.

    The broker and the worker run until `stop()` or until the kernel ends.
    """

    called = "day"  # the variable that holds the lesson in the notebooks

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = Broker()
        self.env: dict[str, str] = {}  # additional environment variables of the worker
        self.worker: Worker | None = None
        self.recorder: Recorder | None = None
        self._stack = ExitStack()
        self._logged = 0  # the length of the log that log() has read

    @property
    def running(self) -> bool:
        """True if the broker and the worker are running."""
        return self.broker.running and self.worker is not None and self.worker.running

    @property
    def trouble(self) -> str:
        """The missing process and how to start it, or "" if everything is running."""
        if not self.broker.running:
            return NO_BROKER
        return "" if self.running else NO_WORKER.format(self.called)

    def start(self, *arguments: str) -> None:
        """Start the broker and the worker, and print the equivalent shell commands."""
        with self._stack as stack:
            print("$ redis-server --bind 127.0.0.1 --save ''")
            stack.enter_context(self.broker)
            stack.callback(forget_results)
            os.environ["CELERY_BROKER_URL"] = self.broker.url()
            os.environ["CELERY_RESULT_BACKEND"] = self.broker.url()
            self.recorder = stack.enter_context(Recorder(self.broker.url()))
            stack.callback(self.stop_worker)
            print("$ cd", self.folder.name)
            self.prepare(stack)
            self.start_worker(*arguments)
            self._stack = stack.pop_all()

    def prepare(self, stack: ExitStack) -> None:
        """Start additional processes in a subclass, and register them with `stack`."""

    def start_worker(
        self,
        *arguments: str,
        folder: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Start or restart the worker, and wait until it is ready.

        Arguments:
            arguments: additional command line arguments of the worker.
            folder: the folder of a modified copy of the lesson.
            env: additional environment variables of the worker.

        Raises NotebookError if the broker has stopped, and WorkerError if the worker
        does not start.
        """
        if not self.broker.running or self.recorder is None:
            raise NotebookError(f"The broker has stopped. {START}")
        self.stop_worker()
        self.worker = Worker(
            folder or self.folder,
            self.broker.url(),
            env={**self.env, **(env or {})},
            arguments=arguments,
        )
        given = [f"{name}={value}" for name, value in (env or {}).items()]
        print("$", *given, *COMMAND, *arguments, flush=True)
        self.worker.start()
        self.recorder.watch()
        self._logged = len(self.worker.log())
        print("The worker is ready.")

    def stop_worker(self) -> None:
        """Stop the worker, and kill tasks that run longer than the grace period."""
        if self.worker is not None:
            self.worker.stop()

    def scratch(self) -> Path:
        """Return a new folder that is removed when the lesson or the kernel stops."""
        # Another process removes the folder even if the kernel was killed.
        owner = Process([sys.executable, "-c", SCRATCH], piped=True)
        self._stack.enter_context(owner)
        return Path(next(owner.lines()))

    def log(self, pattern: str = "", lines: int = 1) -> None:
        """Print the worker's log since the last call, or since the worker was ready.

        Omits dates, ids and durations, which differ between runs. `worker.log()`
        returns the complete log.

        Arguments:
            pattern: a regular expression that the printed lines must match.
            lines: the number of matching lines to wait for. The wait ends after LATE
                seconds, or when the worker stops.
        """
        if self.worker is None:
            raise NotebookError(f"There is no worker. {START}")
        # Wait, because the worker stores a result shortly before it logs the result.
        deadline = time.monotonic() + LATE
        while True:
            log = self.worker.log()
            found = [line for line in steady(log[self._logged :]) if line]
            shown = [line for line in found if re.search(pattern, line)]
            stop = time.monotonic() > deadline or not self.worker.running
            if stop or len(shown) >= lines:
                break
            time.sleep(0.05)
        self._logged = len(log)
        print("\n".join(shown) or "The worker's log has no such lines.")

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`. Raise NotebookError if a process has stopped."""
        time.sleep(seconds)
        if self.trouble:
            raise NotebookError(self.trouble)

    def spans(self, *results: AsyncResult) -> list[Span]:
        """Wait until the tasks have ended, and return their spans in workflow order.

        A task that no worker has received has no span.

        Raises NotebookError if a process of the lesson stops during the wait, or if a
        task does not end within a minute.
        """
        if self.recorder is None:
            raise NotebookError(f"No events were recorded. {START}")
        ids = list(dict.fromkeys(id for result in results for id in order(result)))
        spans = self.recorder.spans
        began = time.monotonic()
        while True:
            heard = [spans[id] for id in ids if id in spans]
            running = [span for span in heard if not span.finished]
            waited = time.monotonic() - began
            if not running and (len(heard) == len(ids) or waited > LATE):
                return heard
            if not self.running:
                raise NotebookError(self.trouble)
            if waited > 60:
                names = ", ".join(span.label for span in running)
                raise NotebookError(f"Tasks did not end within a minute: {names}.")
            time.sleep(0.02)

    def timeline(self, *results: AsyncResult) -> Picture:
        """Print the tasks of these results with their states, and draw a timeline.

        Waits until the tasks have ended. Raises NotebookError if the worker stops.
        """
        spans = self.spans(*results)
        print(table(spans))
        return Picture(timeline.svg(spans), "a timeline")

    def compare(self, **results: AsyncResult) -> Picture:
        """Draw each workflow's tasks over a grey area as wide as their total duration.

        Prints how many tasks each workflow has, and how many ran at the same time.
        Waits until the tasks have ended. Raises NotebookError if the worker stops.
        """
        runs = {
            name: rows(self.spans(result), order(result))
            for name, result in results.items()
        }
        for name, found in runs.items():
            tasks = sum(len(row) for row in found)
            print(f"{name}: {tasks} tasks, at most {len(found)} at once")
        return comparison(runs)

    def stop(self) -> None:
        """Stop the worker and the broker, and delete their files."""
        self._stack.close()
        print("The worker and the broker have stopped.")


class Application(Lesson):
    """The capstone, drf_api, with its own web server and an empty database."""

    called = "site"

    def __init__(self) -> None:
        super().__init__(ROOT / "drf_api")
        self.address = f"http://127.0.0.1:{free_port()}"
        self.server: Process | None = None

    @property
    def trouble(self) -> str:
        """The missing process and how to start it, or "" if everything is running."""
        if self.server is None or not self.server.running:
            return f"The web server is not running. {START}"
        return super().trouble

    def prepare(self, stack: ExitStack) -> None:
        """Create the database's tables and serve the application."""
        self.env = {
            "CELERY_BROKER_URL": self.broker.url(),
            "CELERY_RESULT_BACKEND": "django-db",
            "DATABASE_URL": f"sqlite:///{self.scratch()}/db.sqlite3",
            "THROTTLE_START": "100000/min",
            "THROTTLE_CHANGE": "100000/min",
        }
        migrate = ["python", "manage.py", "migrate"]
        print("$", *migrate)
        with Process(migrate, cwd=self.folder, env=self.env) as process:
            if process.wait():
                raise NotebookError(f"The migration failed:\n{process.log()}")
        serve = ["gunicorn", "taskrunner.wsgi"]
        print("$", *serve)
        serve += ["--threads", "4", "--bind", self.address.removeprefix("http://")]
        self.server = server = Process(serve, cwd=self.folder, env=self.env)
        stack.enter_context(server)
        deadline = time.monotonic() + 30
        while "Listening at" not in server.log():
            if not server.running or time.monotonic() > deadline:
                raise NotebookError(f"The web server did not start:\n{server.log()}")
            time.sleep(0.05)


def start_application(*arguments: str) -> Application:
    """Start the broker, the web server and the worker of drf_api: see start()."""
    application = Application()
    use(application, *arguments)
    return application


def start(name: str, *arguments: str) -> Lesson:
    """Start the broker and the worker of a day, and make this kernel the client.

    Makes the day's folder the working directory, so that its modules can be imported.
    Stops the broker and the worker of an earlier call first.

    Arguments:
        name: a folder of the repository, such as "day4".
        arguments: additional command line arguments of the worker, such as "-c", "2".

    Raises SproutError if the broker or the worker does not start.
    """
    folder = ROOT / name
    if not (folder / "client.py").is_file():
        days = f"{DAYS[0].name} to {DAYS[-1].name}"
        raise NotebookError(f"There is no {name}. The days are {days}.")
    lesson = Lesson(folder)
    use(lesson, *arguments)
    return lesson


def use(lesson: Lesson, *arguments: str) -> None:
    """Start a lesson, after stopping the current lesson of this kernel."""
    global _running
    if shell := get_ipython():
        load_ipython_extension(shell)
    if _running is not None:
        _running._stack.close()
        _running = None
    forget_modules()
    lesson.start(*arguments)
    # Make the day importable only after its broker has started, so that no task reaches
    # another broker.
    os.chdir(lesson.folder)
    sys.path.insert(0, str(lesson.folder))
    _running = lesson


def forget_modules() -> None:
    """Make the next import read the day's files and the broker's URL again."""
    for path in [path for path in sys.path if Path(path).parent == ROOT]:
        sys.path.remove(path)
    for name in [name for name, module in sys.modules.items() if is_lesson(module)]:
        del sys.modules[name]
    importlib.invalidate_caches()
    # After a second import, a shared_task still contains the first function. The old
    # function is harmless, because a client uses only the task's name.
    warnings.simplefilter("ignore", celery.exceptions.DuplicateTaskNameWarning)


def forget_results() -> None:
    """Make Celery stop waiting for results.

    Otherwise Celery connects to a stopped broker when Python deletes a result.
    """
    if consumer := getattr(celery.current_app.backend, "result_consumer", None):
        consumer.subscribed_to.clear()


def is_lesson(module: ModuleType) -> bool:
    """Return True if a module is in the folder of a day or of drf_api."""
    # A namespace package has no __file__. A built-in module also has no __path__.
    places = getattr(module, "__path__", [getattr(module, "__file__", None)])
    place = Path(next(iter(places), None) or "/")
    if not place.is_relative_to(ROOT):
        return False
    folder = place.relative_to(ROOT).parts[0]
    return re.fullmatch(r"day\d+|drf_api", folder) is not None


def order(
    result: Any, before: frozenset[str] = frozenset()
) -> dict[str, frozenset[str]]:
    """Return the ids of a workflow's tasks, in the order of execution.

    Maps each id to the ids of the tasks that must end first.
    """
    found = order(result.parent, before) if result.parent else {}
    before = before.union(found)
    if not isinstance(result, GroupResult):
        return {**found, result.id: before}
    for member in result.results:
        for id, waits_for in order(member, before).items():
            found.setdefault(id, waits_for)
    return found


def rows(
    spans: Sequence[Span], waits_for: Mapping[str, frozenset[str]]
) -> list[list[Span]]:
    """Return the spans in rows, so that parallel tasks are in different rows.

    The spans of a row ran one after another. A task sends its successor shortly before
    its own end, so the spans of two consecutive steps can overlap. The rows therefore
    depend on the ids of the workflow, not on times alone.
    """
    found: list[list[Span]] = []
    for span in sorted(spans, key=begun):
        for row in found:
            if row[-1].end <= begun(span) or row[-1].id in waits_for[span.id]:
                row.append(span)
                break
        else:
            found.append([span])
    return found


def table(spans: Sequence[Span]) -> str:
    """Return one line for each task: call, states of the tries, and result."""
    rows = [
        (
            timeline.call(span, 44),
            ", ".join(attempt.state for attempt in span.tries),
            span.result,
        )
        for span in spans
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return "\n".join(
        f"{call:<{widths[0]}}  {states:<{widths[1]}}  {result}".rstrip()
        for call, states, result in rows
    )


def steady(log: str) -> list[str]:
    """Return the lines of a log without dates, process names, ids and durations.

    >>> steady("[2026-11-21 03:02:34,670: INFO/MainProcess] Task add[5e1b-0c] received")
    ['INFO Task add[...] received']
    """
    lines = re.sub(r"^\[[-\d: ,]+: (\w+)/[^\]]+\] ", r"\1 ", log, flags=re.MULTILINE)
    lines = re.sub(r"\[[0-9a-f]+(-[0-9a-f]+)+\]", "[...]", lines)
    lines = re.sub(r"\bin \d+[.e][\d.e-]*s\b", "in ... s", lines)
    return lines.splitlines()


def explanation(error: BaseException) -> str | None:
    """Return a sentence that replaces the traceback, or None to keep the traceback."""
    if isinstance(error, SproutError):
        return str(error)
    trouble = _running.trouble if _running else NO_BROKER
    if isinstance(error, KeyboardInterrupt):
        again = "The broker and the worker are still running. You can run cells again."
        return f"Interrupted. {trouble or again}"
    if isinstance(error, ModuleNotFoundError) and trouble:
        return f"{error}. {START}"
    if isinstance(error, NameError):
        return (
            f"{error}. If an earlier cell defines the name, run that cell first: "
            "Run > Run All Above Selected Cell."
        )
    # Celery raises RuntimeError after its last attempt to reconnect to the backend.
    given_up = isinstance(error, RuntimeError) and "reconnect" in str(error)
    if not (isinstance(error, LOST) or given_up):
        return None
    if trouble:
        return trouble
    if isinstance(error, celery.exceptions.TimeoutError):
        return "The result did not arrive in time. To see the worker's log, call log()."
    return None


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Replace tracebacks with sentences, when IPython loads this extension."""
    show = shell.showtraceback

    def explain(
        exc_info: tuple[Any, BaseException, Any] | None = None, **options: Any
    ) -> None:
        """Show an error, as a sentence if possible."""
        error = exc_info[1] if exc_info else sys.exception()
        if error is not None and (words := explanation(error)):
            # IPython prints this text in place of the traceback.
            error._render_traceback_ = lambda: [words]  # type: ignore[attr-defined]
        show(exc_info, **options)

    # Replace showtraceback(), because set_custom_exc() misses errors in widgets.
    if show.__name__ != explain.__name__:
        shell.showtraceback = explain  # type: ignore[assignment, method-assign]
    # On its first run, matplotlib logs its search for fonts.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
