"""What the notebooks begin with: a day's broker and worker, and what they have done.

>>> day = start("day0")
$ redis-server
$ cd day0
$ celery -A taskrunner worker -l info
The worker is ready.
>>> from taskrunner import add
>>> result = add.delay(4, 4)
>>> day.timeline(result)
add(4, 4)  SUCCESS  8

As an IPython extension, which the notebooks' kernel loads, it answers bad luck with a
sentence that says what to do, in place of a traceback.
"""

import importlib
import logging
import os
import re
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import celery.exceptions
import kombu.exceptions
import redis.exceptions
from celery.result import AsyncResult, GroupResult
from IPython.core.getipython import get_ipython
from IPython.core.interactiveshell import InteractiveShell

from sprout import SproutError, timeline
from sprout.broker import Broker, free_port
from sprout.days import ROOT
from sprout.process import Process
from sprout.recorder import LATE, Recorder, Span
from sprout.show import Picture
from sprout.worker import COMMAND, Worker

START = "Run the cell with start(...), then those after it, from the top."
NO_WORKER = "The worker does not run: day.start_worker() starts it. Then run this cell."
# Makes a folder, and removes it when it is told to end; others may still write there.
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
_running: "Lesson | None" = None


class NotebookError(SproutError):
    """A cell was run out of order, or something that it needs has gone."""


class Lesson:
    """A folder with a taskrunner, its broker and its worker; `start()` makes one.

    Both end when `stop()` is called, and with the kernel, however that ends.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = Broker()
        self.env: dict[str, str] = {}  # more environment variables for the worker
        self.worker: Worker | None = None
        self.recorder: Recorder | None = None
        self._stack = ExitStack()
        self._logged = 0  # how much of the worker's log has been shown

    @property
    def running(self) -> bool:
        """Whether broker and worker are there."""
        return self.broker.running and self.worker is not None and self.worker.running

    def start(self, *arguments: str) -> None:
        """Start the broker and the worker, and show the commands that do it."""
        with self._stack as stack:
            print("$ redis-server")
            stack.enter_context(self.broker)
            os.environ["CELERY_BROKER_URL"] = self.broker.url()
            os.environ["CELERY_RESULT_BACKEND"] = self.broker.url()
            self.recorder = stack.enter_context(Recorder(self.broker.url()))
            stack.callback(self.stop_worker)
            print("$ cd", self.folder.name)
            self.prepare(stack)
            self.start_worker(*arguments)
            self._stack = stack.pop_all()

    def prepare(self, stack: ExitStack) -> None:
        """Start what else the worker needs; the stack's end is to stop it."""

    def start_worker(
        self,
        *arguments: str,
        folder: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Start the worker, once more or with other arguments, and wait for it.

        Arguments:
            arguments: of the command line, after those of the lesson.
            folder: where to start it instead: a changed copy of the lesson.
            env: more environment variables for it.

        Raises NotebookError if the broker has gone, WorkerError if it does not start.
        """
        if not self.broker.running or self.recorder is None:
            raise NotebookError(f"The broker has gone. {START}")
        self.stop_worker()
        self.worker = Worker(
            folder or self.folder,
            self.broker.url(),
            env={**self.env, **(env or {})},
            arguments=arguments,
        )
        print("$", *COMMAND, *arguments, flush=True)
        self.worker.start()
        self.recorder.watch()
        self._logged = len(self.worker.log())
        print("The worker is ready.")

    def stop_worker(self) -> None:
        """Stop the worker as Ctrl-C in its terminal does: what runs may finish."""
        if self.worker is not None:
            self.worker.stop()

    def scratch(self) -> Path:
        """Return a new folder that goes when the lesson stops, or with the kernel."""
        # Only another process can see to it that it goes if the kernel is killed.
        owner = Process([sys.executable, "-c", SCRATCH], piped=True)
        self._stack.enter_context(owner)
        return Path(next(owner.lines()))

    def log(self, pattern: str = "", lines: int = 1) -> None:
        """Print what the worker has logged since the last time, or since its start.

        Dates, ids and durations, which differ from run to run, are left out;
        worker.log() has all.

        Arguments:
            pattern: a regular expression; only lines that have it are shown.
            lines: how many to wait for, for a few seconds.
        """
        if self.worker is None:
            raise NotebookError(f"No worker has been started. {START}")
        # A result is there a moment before the worker logs that it is.
        deadline = time.monotonic() + LATE
        while True:
            log = self.worker.log()
            found = [line for line in steady(log[self._logged :]) if line]
            shown = [line for line in found if re.search(pattern, line)]
            over = time.monotonic() > deadline or not self.worker.running
            if over or len(shown) >= lines:
                break
            time.sleep(0.05)
        self._logged = len(log)
        print("\n".join(shown) or "The worker has logged nothing of that kind.")

    def spans(self, *results: AsyncResult) -> list[Span]:
        """Return what the worker did for these results, in the order of the workflow.

        It waits until all their tasks have ended. A task that never began has no span.

        Raises NotebookError if the worker goes away meanwhile.
        """
        if self.recorder is None:
            raise NotebookError(f"Nothing has been recorded. {START}")
        ids = list(dict.fromkeys(id for result in results for id in task_ids(result)))
        spans = self.recorder.spans
        began = time.monotonic()
        while True:
            heard = [spans[id] for id in ids if id in spans]
            running = [span for span in heard if not span.finished]
            waited = time.monotonic() - began
            if not running and (len(heard) == len(ids) or waited > LATE):
                return heard
            if not self.running:
                raise NotebookError(NO_WORKER)
            if waited > 60:
                names = ", ".join(span.label for span in running)
                raise NotebookError(f"Not done after a minute: {names}.")
            time.sleep(0.02)

    def timeline(self, *results: AsyncResult) -> Picture:
        """Print the tasks of these results with their states, and draw when they ran.

        Waits until they have ended; raises what spans() raises.
        """
        spans = self.spans(*results)
        print(table(spans))
        return Picture(timeline.svg(spans), "a timeline")

    def stop(self) -> None:
        """Stop worker and broker; once they have gone, nothing is left of them."""
        self._stack.close()
        print("The worker and the broker have stopped.")


class Application(Lesson):
    """The capstone, drf_api, with a web server and an empty database of its own."""

    def __init__(self) -> None:
        super().__init__(ROOT / "drf_api")
        self.address = f"http://127.0.0.1:{free_port()}"

    def prepare(self, stack: ExitStack) -> None:
        """Make the database's tables and serve the application."""
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
                raise NotebookError(f"There are no tables:\n{process.log()}")
        serve = ["gunicorn", "taskrunner.wsgi"]
        print("$", *serve)
        serve += ["--threads", "4", "--bind", self.address.removeprefix("http://")]
        server = Process(serve, cwd=self.folder, env=self.env)
        stack.enter_context(server)
        deadline = time.monotonic() + 30
        while "Listening at" not in server.log():
            if not server.running or time.monotonic() > deadline:
                raise NotebookError(f"No web server:\n{server.log()}")
            time.sleep(0.05)


def start_application(*arguments: str) -> Application:
    """Start drf_api: broker, web server and worker; see start()."""
    application = Application()
    use(application, *arguments)
    return application


def start(name: str, *arguments: str) -> Lesson:
    """Start the broker and the worker of a day, and make this kernel its client.

    From then on the day's modules can be imported, and its folder is the current one.
    What an earlier call has started is stopped first.

    Arguments:
        name: a folder of the repository: "day4".
        arguments: more of them for the worker's command line: "-c", "2".

    Raises SproutError if broker or worker do not start.
    """
    folder = ROOT / name
    if not (folder / "client.py").is_file():
        raise NotebookError(f"There is no {name}: the days are day0 to day7.")
    lesson = Lesson(folder)
    use(lesson, *arguments)
    return lesson


def use(lesson: Lesson, *arguments: str) -> None:
    """Start a lesson in place of the one that runs in this kernel, if one does."""
    global _running
    if shell := get_ipython():
        load_ipython_extension(shell)
    if _running is not None:
        _running._stack.close()
    forget_modules()
    os.chdir(lesson.folder)
    sys.path.insert(0, str(lesson.folder))
    _running = lesson
    lesson.start(*arguments)


def forget_modules() -> None:
    """Have the next import read the days' files anew, and so the new broker's URL."""
    for path in [path for path in sys.path if Path(path).parent == ROOT]:
        sys.path.remove(path)
    for name in [name for name, module in sys.modules.items() if is_lesson(module)]:
        del sys.modules[name]
    importlib.invalidate_caches()
    # A shared_task that is read again keeps the function that it had first. The worker
    # calls the new one, and a client needs no more than the name.
    warnings.simplefilter("ignore", celery.exceptions.DuplicateTaskNameWarning)


def is_lesson(module: ModuleType) -> bool:
    """Whether a module is in the folder of a day, or of drf_api."""
    # A package without __init__.py has no file; builtin modules have no path either.
    places = getattr(module, "__path__", [getattr(module, "__file__", None)])
    place = Path(next(iter(places), None) or "/")
    if not place.is_relative_to(ROOT):
        return False
    folder = place.relative_to(ROOT).parts[0]
    return re.fullmatch(r"day\d+|drf_api", folder) is not None


def task_ids(result: Any) -> list[str]:
    """Return the ids of all tasks of a workflow, in the order in which they run."""
    before = task_ids(result.parent) if result.parent else []
    if isinstance(result, GroupResult):
        return before + [id for member in result.results for id in task_ids(member)]
    return [*before, result.id]


def table(spans: Sequence[Span]) -> str:
    """Return a line a task: the call, the state of each try, and what came of it."""
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
    """Return the lines of a worker's log without dates, processes, ids and durations.

    >>> steady("[2026-11-21 03:02:34,670: INFO/MainProcess] Task add[5e1b-0c] received")
    ['INFO Task add[...] received']
    """
    lines = re.sub(r"^\[[-\d: ,]+: (\w+)/[^\]]+\] ", r"\1 ", log, flags=re.MULTILINE)
    lines = re.sub(r"\[[0-9a-f]+(-[0-9a-f]+)+\]", "[...]", lines)
    lines = re.sub(r"\bin (\d[\d.e-]*s)", "in ... s", lines)
    return lines.splitlines()


def explanation(error: BaseException) -> str | None:
    """Return what to say of an error instead of its traceback; None: the traceback."""
    if isinstance(error, SproutError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted. Broker and worker go on: run this cell again, or another."
    if isinstance(error, ModuleNotFoundError) and not (_running and _running.running):
        return f"{error}. {START}"
    if isinstance(error, NameError):
        return (
            f"{error}. If another cell makes it, run that cell first: "
            "Run > Run All Above Selected Cell."
        )
    lost = (
        celery.exceptions.TimeoutError,
        kombu.exceptions.OperationalError,
        redis.exceptions.ConnectionError,
    )
    # Celery no longer tries to reach the results: a RuntimeError, like so many others.
    given_up = isinstance(error, RuntimeError) and "reconnect" in str(error)
    if not (isinstance(error, lost) or given_up):
        return None
    if _running is None or not _running.broker.running:
        return f"The broker does not run. {START}"
    if not _running.running:
        return NO_WORKER
    if isinstance(error, celery.exceptions.TimeoutError):
        return "No result in time. day.log() shows what the worker does."
    return None


def explain(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> list[str]:
    """Show an error as a sentence, where there is one for it."""
    if words := explanation(error):
        # How IPython has an error say what stands in place of its traceback.
        error._render_traceback_ = lambda: [words]  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, trace))
    return []


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Answer bad luck with sentences; `%load_ext sprout.notebook` does it."""
    shell.set_custom_exc((Exception, KeyboardInterrupt), explain)
    # Where it has never run, matplotlib says at length that it looks for fonts.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
