"""The checks of a Celery app, one function each."""

import inspect
import re
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import redis
from celery import Celery, Task
from celery.app.utils import find_app
from celery.backends.base import DisabledBackend
from celery.exceptions import DuplicateTaskNameWarning
from celery.schedules import crontab
from kombu.exceptions import OperationalError
from kombu.utils.url import maybe_sanitize_url

from sprout.doctor.broker import Redis, Waiting, ask, is_redis, now, refusal
from sprout.doctor.checks import Check, Finding, fault, ok, unknown, warning
from sprout.doctor.machine import look_at_redis
from sprout.doctor.source import (
    not_json,
    number_keys,
    parse,
    short_groups,
    task_functions,
    too_early,
    waits,
)
from sprout.doctor.text import diagnose

SHORT = 60  # seconds: clients often miss results that expire sooner
DEFAULT_VISIBILITY = 3600  # seconds, as in kombu.transport.redis.Channel
ASK = 1.0  # seconds to wait for the workers' answers
CLOCK = 5.0  # accepted difference between two clocks, in seconds


IN_SOURCE = (
    (waits, "SPR015", "a task waits for another task."),
    (too_early, "SPR018", "a task is sent before the commit."),
    (not_json, "SPR013", "a task receives or returns a value that is not JSON."),
    (number_keys, "SPR040", "a task receives or returns a dict with numbers as keys."),
    (short_groups, "SPR043", "with one member, the group passes a result, not a list."),
)
JSON_ONLY = ("SPR013", "SPR040")


class Application:
    """A Celery app, loaded as the command `celery -A name` loads it.

    Arguments:
        name: the argument of `-A`.
        folder: the working directory of the command.
        ask_workers: whether to send a control message to the running workers.

    Loading never raises an error. If the app does not load, `error` contains the
    traceback.
    """

    def __init__(self, name: str, folder: Path, ask_workers: bool = False) -> None:
        self.name = name
        self.folder = folder
        self.ask_workers = ask_workers
        self.error = ""
        self.doubles: list[str] = []
        sys.path.insert(0, str(folder))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                self.app: Celery = find_app(name)
                self.app.loader.import_default_modules()
                self.app.finalize()
                self.broker_url = str(self.app.connection_for_write().as_uri(True))
            except (Exception, SystemExit):
                self.error = traceback.format_exc()
        for message in caught:
            if issubclass(message.category, DuplicateTaskNameWarning):
                self.doubles.append(str(message.message).splitlines()[0])

    @property
    def tasks(self) -> dict[str, Task]:
        """The app's own tasks, by name."""
        tasks = self.app.tasks.items()
        return {name: task for name, task in tasks if not name.startswith("celery.")}

    @cached_property
    def modules(self) -> list[ModuleType]:
        """The reader's modules that define tasks."""
        names = {task.__module__ for task in self.tasks.values()}
        found = [sys.modules[name] for name in sorted(names) if name in sys.modules]
        return [module for module in found if is_own(module)]

    @cached_property
    def redis(self) -> Redis | None:
        """A client of the broker, or None if the broker is not Redis."""
        return Redis(self.broker_url) if is_redis(self.broker_url) else None

    @cached_property
    def answers(self) -> bool:
        """True if the broker answers."""
        try:
            if self.redis:
                return bool(self.redis.info)
            with closing(self.connect()):
                return True
        except (redis.RedisError, OperationalError, OSError):
            return False

    def connect(self) -> Any:
        """Return a connection to the broker, after at most one retry."""
        connection = self.app.connection_for_write(connect_timeout=1)
        connection.ensure_connection(max_retries=1, timeout=1)
        return connection

    @property
    def queues(self) -> set[str]:
        """The queues that a worker of this app reads by default."""
        return set(self.app.amqp.queues)

    @property
    def result_backend(self) -> str:
        """The URL, name or class of the result backend, or "" if none is set."""
        return str(self.app.backend_cls or self.app.conf.result_backend or "")

    @property
    def visibility_timeout(self) -> float:
        """The visibility timeout of the app, in seconds."""
        options = self.app.conf.broker_transport_options
        return float(options.get("visibility_timeout", DEFAULT_VISIBILITY))


def is_own(module: ModuleType) -> bool:
    """Return True if the reader wrote the module, or False if it is installed."""
    file = getattr(module, "__file__", None) or ""
    return bool(file) and "site-packages" not in file and "dist-packages" not in file


def check_loading(subject: Application) -> Iterator[Finding]:
    """The app loads. An error has the id of its symptom, such as SPR041."""
    if subject.error:
        known = diagnose(subject.error)
        last = subject.error.strip().splitlines()[-1]
        id = known[0].id if known else "SPR010"
        yield fault(id, f"The app {subject.name} does not load. {last}")
    else:
        yield ok(f"The app {subject.name} loads.")


def check_tasks(subject: Application) -> Iterator[Finding]:
    """The app has tasks, and imports every module that defines tasks."""
    forgotten = [str(path) for path in not_imported(subject)]
    if forgotten:
        yield fault("SPR005", f"Not imported: {', '.join(forgotten)}.")
    elif subject.tasks:
        yield ok(f"Registered tasks: {len(subject.tasks)}.")
    elif subject.name.partition(".")[0] == "celery":
        yield fault("SPR027", "`-A celery` names the package Celery, not your app.")
    else:
        yield warning("SPR005", "The app has no tasks.")


def not_imported(subject: Application) -> Iterator[Path]:
    """Yield the files in the app's package that define tasks but are not imported."""
    package = sys.modules.get(subject.name.partition(":")[0].partition(".")[0])
    if package is None or not is_own(package) or not hasattr(package, "__path__"):
        return
    files = {getattr(module, "__file__", None) for module in sys.modules.values()}
    for path in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
        if str(path) not in files and any(task_functions(parse(path))):
            yield path.relative_to(subject.folder)


def check_functions(subject: Application) -> Iterator[Finding]:
    """No task function has a known fault, such as a wait for another task."""
    faults = 0
    for name, task in subject.tasks.items():
        if inspect.iscoroutinefunction(task.run):
            faults += 1
            yield fault("SPR014", f"{name} is an `async def`.")
    for module in subject.modules:
        path = Path(str(module.__file__))
        tree = parse(path)
        for find, id, text in IN_SOURCE:
            if id in JSON_ONLY and subject.app.conf.task_serializer != "json":
                continue
            for line in sorted(set(find(tree))):
                faults += 1
                yield warning(id, f"{path.name}, line {line}: {text}")
    if not faults:
        yield ok("The task functions have no known fault.")


def check_task_names(subject: Application) -> Iterator[Finding]:
    """No two tasks have the same name."""
    for text in subject.doubles:
        yield warning("SPR032", text)
    if not subject.doubles:
        yield ok("Every task has a unique name.")


def check_broker(subject: Application) -> Iterator[Finding]:
    """The app configures a broker, and the broker answers."""
    broker = address(subject.broker_url)
    default = subject.app.conf.broker_url is None and "amqp" in subject.broker_url
    if default and not subject.answers:
        text = f"The app configures no broker. Celery's default, {broker}, is down."
        yield fault("SPR003", text)
    elif default:
        text = f"The app configures no broker. Celery uses its default, {broker}."
        yield warning("SPR003", text)
    elif subject.redis:
        yield from look_at_redis(subject.broker_url)
    elif subject.answers:
        yield ok(f"The broker answers at {broker}.")
    else:
        yield fault("SPR002", f"The broker is not reachable at {broker}.")


def check_results(subject: Application) -> Iterator[Finding]:
    """Results are stored where every process can read them."""
    backend = subject.app.backend
    url = subject.result_backend
    if isinstance(backend, DisabledBackend):
        ignored = all(task.ignore_result for task in subject.tasks.values())
        if subject.tasks and not ignored:
            yield fault("SPR006", "The app has no result backend.")
        else:
            yield ok("The app stores no results.")
    elif url.startswith("rpc"):
        yield warning("SPR001", "With rpc://, only the sender can read a result.")
    elif is_redis(url):
        if url == subject.broker_url:
            yield ok("Results are stored in the broker's Redis.")
        else:
            yield from look_at_redis(url)
    else:
        yield ok(f"Results are stored in {address(url)}.")


def check_expiry(subject: Application) -> Iterator[Finding]:
    """Results are kept long enough for clients to read them."""
    expires = subject.app.conf.result_expires
    if isinstance(expires, timedelta):
        expires = expires.total_seconds()
    if expires and expires < SHORT:
        yield warning("SPR031", f"Results are deleted after {expires:g} s.")
    else:
        yield ok(f"Results are kept for at least {SHORT} s.")


def check_failures(subject: Application) -> Iterator[Finding]:
    """No stored result contains the error of a known symptom, such as SPR016."""
    url = subject.result_backend
    if not is_redis(url):
        return
    try:
        failures = Redis(url).failures()
    except redis.RedisError:
        return  # Another check reports that this Redis is not reachable.
    known = {}
    for text in failures:
        for symptom in diagnose(text)[:1]:
            known[symptom.id] = text.strip().splitlines()[-1]
    for id, text in sorted(known.items()):
        yield warning(id, f"A task has failed: {text}")
    if not known:
        yield ok("No stored result is a failure with a known cause.")


def check_serializers(subject: Application) -> Iterator[Finding]:
    """Workers accept the serializer of the clients, and no unsafe serializer."""
    conf = subject.app.conf
    accepted = set(conf.accept_content)
    unsafe = accepted & {"pickle", "application/x-python-serialize", "yaml"}
    if conf.task_serializer not in accepted:
        types = ", ".join(sorted(accepted))
        yield fault(
            "SPR022",
            f"Clients send {conf.task_serializer}, but workers accept only {types}.",
        )
    elif unsafe:
        yield warning(
            "SPR022", f"Workers accept {', '.join(sorted(unsafe))}, which is unsafe."
        )
    else:
        yield ok("Messages are JSON.")


def check_time_limits(subject: Application) -> Iterator[Finding]:
    """No time limit or ETA is longer than the broker waits for an acknowledgement."""
    limit = subject.app.conf.task_time_limit or 0
    late = [task for task in subject.tasks.values() if task.acks_late]
    longest = max([task.time_limit or limit for task in late], default=0)
    if not subject.redis:
        if longest > 1800:
            text = f"A task with acks_late can run for {longest} seconds."
            yield warning("SPR023", text)
        else:
            yield ok("No time limit of a task with acks_late exceeds 30 minutes.")
        return
    timeout = subject.visibility_timeout
    if subject.answers:
        etas = [message.eta for message in subject.redis.held() if message.eta]
        far = max([(eta - now()).total_seconds() for eta in etas], default=0)
        if far > timeout:
            yield warning(
                "SPR017",
                f"A task waits for {timedelta(seconds=round(far))}, longer than the "
                f"visibility timeout of {timeout:.0f} seconds.",
            )
            return
    if longest > timeout:
        yield warning(
            "SPR017",
            f"A task can run for {longest} seconds, longer than the visibility timeout "
            f"of {timeout:.0f} seconds.",
        )
    else:
        text = f"the visibility timeout of {timeout:.0f} s."
        yield ok(f"No time limit or ETA exceeds {text}")


def check_waiting(subject: Application) -> Iterator[Finding]:
    """Waiting messages belong to this app, and its workers read their queues."""
    if not subject.answers:
        yield unknown("The broker does not answer, so its queues are unknown.")
        return
    if not subject.redis:
        yield from waiting_in_amqp(subject)
        return
    known = subject.queues | subject.redis.queues()
    counts = {queue: subject.redis.count(queue) for queue in sorted(known)}
    alien: list[Waiting] = []
    for queue, count in counts.items():
        if count and queue not in subject.queues:
            yield warning("SPR030", waits_in(queue, count))
        elif count:
            messages = subject.redis.waiting(queue)
            alien += [one for one in messages if one.task not in subject.app.tasks]
            yield warning("SPR001", waits_in(queue, count))
    if alien:
        names = ", ".join(sorted({one.task for one in alien}))
        yield fault("SPR034", f"The queues contain tasks of another app: {names}.")
    if not any(counts.values()):
        yield ok("The queues are empty.")


def waiting_in_amqp(subject: Application) -> Iterator[Finding]:
    """Yield a finding for each AMQP queue that has messages but no consumer."""
    quiet = True
    with closing(subject.connect()) as connection:
        for queue in sorted(subject.queues):
            answer = ask(connection, queue)
            if answer and answer[0] and not answer[1]:
                quiet = False
                yield fault(
                    "SPR001", f"{waits_in(queue, answer[0])} No worker reads the queue."
                )
    if quiet:
        yield ok("Every queue with messages has a worker.")


def check_queues(subject: Application) -> Iterator[Finding]:
    """The queues in RabbitMQ have the types that the app declares."""
    if subject.redis or not subject.answers:
        return
    refused = False
    with closing(subject.connect()) as connection:
        for name, queue in sorted(subject.app.amqp.queues.items()):
            if reason := refusal(connection, queue):
                refused = True
                yield fault("SPR037", f"RabbitMQ refuses the queue {name}: {reason}")
    if not refused:
        yield ok("RabbitMQ accepts the queues of the app.")


def waits_in(queue: str, count: int) -> str:
    """Return a sentence about the messages that wait in a queue."""
    subject = "1 message waits" if count == 1 else f"{count} messages wait"
    return f"{subject} in the queue {queue}."


def check_schedule(subject: Application) -> Iterator[Finding]:
    """The beat schedule uses known tasks, known queues and the intended time zone."""
    conf = subject.app.conf
    quiet = True
    for name, entry in sorted(conf.beat_schedule.items()):
        task = entry["task"]
        if task not in subject.app.tasks:
            quiet = False
            yield fault("SPR004", f"The schedule {name} names an unknown task, {task}.")
        queue = (entry.get("options") or {}).get("queue")
        if queue and queue not in subject.queues:
            quiet = False
            text = f"The schedule {name} uses {queue}, which is not a queue of the app."
            yield warning("SPR030", text)
    hours = [
        e for e in conf.beat_schedule.values() if isinstance(e["schedule"], crontab)
    ]
    local = time.strftime("%Z")
    if hours and conf.timezone is None and time.localtime().tm_gmtoff:
        quiet = False
        yield warning(
            "SPR020", f"Schedules are in UTC, but this machine is in {local}."
        )
    if quiet:
        yield ok(f"Schedules in the settings: {len(conf.beat_schedule)}.")


def check_clock(subject: Application) -> Iterator[Finding]:
    """The broker's clock agrees with the clock of this machine."""
    if not subject.redis or not subject.answers:
        return
    seconds, micros = subject.redis.client.time()
    apart = abs(time.time() - seconds - micros / 1e6)
    if apart > CLOCK:
        text = f"The clocks of Redis and this machine differ by {apart:.0f} seconds."
        yield warning("SPR020", text)
    else:
        yield ok("The clocks agree.")


def check_workers(subject: Application) -> Iterator[Finding]:
    """Workers are running, and match the app's tasks, queues and result backend."""
    if not subject.ask_workers:
        return
    if not subject.answers:
        yield unknown("The broker does not answer, so the workers are unknown.")
        return
    inspect_all = subject.app.control.inspect(timeout=ASK)
    stats = inspect_all.stats() or {}
    if not stats:
        yield fault("SPR033", "No worker answers.")
        return
    # With `limit`, each request returns as soon as every worker has answered.
    control = subject.app.control.inspect(list(stats), timeout=ASK, limit=len(stats))
    registered = control.registered() or {}
    queues = control.active_queues() or {}
    reports = control.report() or {}
    read = {queue["name"] for some in queues.values() for queue in some}
    if unread := subject.queues - read:
        yield warning("SPR030", f"No worker reads {', '.join(sorted(unread))}.")
    files = [Path(str(module.__file__)) for module in subject.modules]
    newest = max([file.stat().st_mtime for file in files], default=0)
    here = address(str(subject.app.conf.result_backend))
    for worker, answer in sorted(stats.items()):
        names = {text.partition(" ")[0] for text in registered.get(worker, [])}
        found = re.search(r"results:(\S+)", str(reports.get(worker, {}).get("ok")))
        there = address(found[1]) if found else here
        if missing := set(subject.tasks) - names:
            unregistered = ", ".join(sorted(missing))
            yield fault("SPR004", f"{worker} has not registered {unregistered}.")
        elif there != here:
            yield fault("SPR001", f"{worker} stores results in {there}, not in {here}.")
        elif time.time() - answer["uptime"] < newest:
            yield warning("SPR008", f"{worker} started before a task was changed.")
        else:
            yield ok(f"{worker} has registered every task.")


def address(url: str) -> str:
    """Return a URL without its password, and with 127.0.0.1 as localhost.

    Return the name or the class of a result backend unchanged.
    """
    if "://" not in url:
        return url
    return str(maybe_sanitize_url(url)).replace("127.0.0.1", "localhost")


CHECKS: tuple[Check, ...] = (
    check_tasks,
    check_functions,
    check_task_names,
    check_broker,
    check_results,
    check_expiry,
    check_failures,
    check_serializers,
    check_time_limits,
    check_waiting,
    check_queues,
    check_schedule,
    check_clock,
    check_workers,
)
