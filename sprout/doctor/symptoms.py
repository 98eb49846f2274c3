"""The symptoms that the doctor recognises, with their ids, titles, causes and cures.

A test compares the symptoms with the sections of the Troubleshooting page. SPR001 to
SPR025 are the 25 most frequent symptoms in Celery's issue tracker, in order of
frequency. An id is never reused.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Symptom:
    """A symptom with its cause and its cure.

    `patterns` are regular expressions that recognise the symptom in a traceback or a
    log. A symptom without patterns is found only by a check or, for SPR017, by the
    repeated task id in a log. `consequences` lists the ids of more general symptoms
    that match the same text and are listed last. `unseen` is the reason why only
    `sprout doctor -` can find the symptom.
    """

    id: str
    title: str
    cause: str
    cure: str
    patterns: tuple[str, ...] = ()
    consequences: tuple[str, ...] = ()
    unseen: str = ""

    @property
    def anchor(self) -> str:
        """The anchor of the symptom's section in docs/troubleshooting.md."""
        words = re.sub(r"[^\w\s-]", "", self.title.lower()).strip()
        return re.sub(r"[-\s]+", "-", words)

    @property
    def page(self) -> str:
        """The address of the symptom's section, relative to the root of the site."""
        return f"troubleshooting/#{self.anchor}"


SYMPTOMS = (
    Symptom(
        "SPR001",
        "PENDING indefinitely",
        "The result backend reports PENDING for unknown ids.",
        "Start a worker on the same broker and backend, and check the id: "
        "`celery -A taskrunner worker -l info`",
    ),
    Symptom(
        "SPR002",
        "Error 111 connecting to localhost:6379. Connection refused",
        "No broker is running at that address.",
        "Start Redis: `redis-server --bind 127.0.0.1 --save ''`",
        (
            r"Error (111|61|10061) connecting to",
            r"Retry limit exceeded while trying to reconnect",
            r"Cannot connect to (redis|amqp)s?://.*([Rr]efused|Errno 111|Errno 61)",
            r"OperationalError: \[(Errno|WinError) (111|61|10061)\]",
            r"ConnectionRefusedError: \[(Errno|WinError) (111|61|10061)\]",
        ),
    ),
    Symptom(
        "SPR003",
        "Cannot connect to amqp://guest:**@127.0.0.1:5672//",
        "Celery uses its default broker, because the program does not import your app "
        "or the app does not find its settings.",
        "Import the app in the package's `__init__.py`: "
        "`from .celery import app as celery_app`",
        (
            r"amqp://guest(:\**)?@(localhost|127\.0\.0\.1)(:5672\b|/).*"
            r"(refused|Errno 111|Errno 61|WinError 10061)",
            r"transport: +amqp://guest(:\**)?@localhost",
        ),
        consequences=("SPR002",),
    ),
    Symptom(
        "SPR004",
        "Received unregistered task of type",
        "The task is not registered in the worker, which runs another app, has old "
        "code, or does not import the task's module.",
        "Stop the worker, and start it in the folder of the client: "
        "`celery -A taskrunner worker -l info`",
        (
            r"Received unregistered task of type",
            r"celery\.exceptions\.NotRegistered",
            r"NotRegistered\(",
        ),
    ),
    Symptom(
        "SPR005",
        "autodiscover_tasks finds nothing",
        "Celery imports only the modules in `include` and, with `autodiscover_tasks`, "
        "the module `tasks` of each listed package.",
        "Move the tasks to `tasks.py`, or name the module: "
        "`app.autodiscover_tasks(['bakery'], related_name='jobs')`",
    ),
    Symptom(
        "SPR006",
        "'DisabledBackend' object has no attribute '_get_task_meta_for'",
        "This app has no result backend, or the result belongs to another app.",
        "Set a `backend` for the app, and create the result from this app: "
        "`app.AsyncResult(task_id)`",
        (
            r"DisabledBackend.{0,20}object has no attribute",
            r"No result backend is configured",
        ),
    ),
    Symptom(
        "SPR007",
        "not enough values to unpack (expected 3, got 0)",
        "Celery's default pool needs `fork`, which Windows does not have.",
        "Use WSL, or another pool: `celery -A taskrunner worker -l info -P solo`",
        (r"not enough values to unpack \(expected 3, got 0\)", r"hostname = _loc\b"),
    ),
    Symptom(
        "SPR008",
        "My change has no effect",
        "A worker imports its code only once, when it starts.",
        "Stop the worker with Ctrl-C, and start it again: "
        "`celery -A taskrunner worker -l info`",
    ),
    Symptom(
        "SPR009",
        "No such option '-A'",
        "Since Celery 5, the app comes before the command.",
        "Put `-A` first: `celery -A taskrunner worker -l info`",
        (
            r"[Nn]o such option:? '?-A\b",
            r"You are using `?-A`? as an option of the worker sub-command",
        ),
        unseen="A check cannot read a mistyped command.",
    ),
    Symptom(
        "SPR010",
        "Unable to load celery application",
        "Celery finds no module of that name in this folder, finds no app in the "
        "module, or cannot import the module.",
        "Change to the folder that contains the module: `cd day0`",
        (
            r"Unable to load celery application",
            r"Invalid value for '-A' / '--app'",
            r"Module '\S+' has no attribute 'celery'",
        ),
    ),
    Symptom(
        "SPR011",
        "partially initialized module 'celery'",
        "A file named `celery.py` in this folder shadows the package Celery.",
        "Change to the parent folder, and run the module by its full name: "
        "`cd .. && python -m named.celery`",
        (
            r"cannot import name 'Celery' from (partially initialized module )?"
            r"'celery' \(",
        ),
        consequences=("SPR010",),
    ),
    Symptom(
        "SPR012",
        "Error -2 connecting to redis:6379. Name or service not known",
        "Inside a container, `localhost` is the container itself. Outside, the names "
        "of Compose services cannot be resolved.",
        "In a container, use the service's name: "
        "`export CELERY_BROKER_URL=redis://redis:6379/0`",
        (
            r"Error (-[235]|8|99|11001) connecting to",
            r"Errno 99\] Cannot assign requested address",
            r"Name or service not known|Temporary failure in name resolution",
            r"nodename nor servname provided|getaddrinfo failed",
        ),
        consequences=("SPR002",),
    ),
    Symptom(
        "SPR013",
        "Object of type set is not JSON serializable",
        "Arguments and results are sent as JSON, which cannot represent sets, paths or "
        "instances of classes.",
        "Send and return only types that JSON supports, such as strings: "
        "`return str(path)`",
        (r"is not JSON serializable",),
    ),
    Symptom(
        "SPR014",
        "Object of type coroutine is not JSON serializable",
        "Celery calls a task like a function, and an `async def` task returns a "
        "coroutine that Celery does not await.",
        "Write the task with `def`, and run the coroutine in it: "
        "`return asyncio.run(send(address))`",
        (
            r"Object of type coroutine is not JSON serializable",
            r"coroutine '.*' was never awaited",
        ),
        consequences=("SPR013",),
    ),
    Symptom(
        "SPR015",
        "Never call result.get() within a task",
        "A task that waits for another task occupies a pool process, perhaps the last "
        "free one.",
        "Chain the two tasks: `chain(render_invoice.s(7), send_mail.s()).delay()`",
        (r"Never call result\.get\(\) within a task",),
    ),
    Symptom(
        "SPR016",
        "Worker exited prematurely: signal 9 (SIGKILL)",
        "The operating system killed the process that ran the task, usually because "
        "memory ran out.",
        "Run fewer tasks at the same time: `celery -A taskrunner worker -l info "
        "--concurrency=1`",
        (r"Worker exited prematurely", r"exited with 'signal \d+"),
    ),
    Symptom(
        "SPR017",
        "A task with a long countdown runs twice",
        "Redis redelivers a message if no worker acknowledges it within the "
        "visibility timeout, which is one hour by default.",
        "Make the timeout longer than the longest countdown: "
        "`broker_transport_options={'visibility_timeout': 43200}`",
    ),
    Symptom(
        "SPR018",
        "DoesNotExist right after save",
        "The worker reads the row before the caller's transaction is committed.",
        "Send the task after the commit: `charge.delay_on_commit(order.id)`",
        (r"DoesNotExist.*matching query does not exist",),
    ),
    Symptom(
        "SPR019",
        "The worker is silent after a restart of Redis",
        "Kombu before 5.4 could stop consuming its queues after a restart of Redis.",
        "Upgrade Celery, and restart the worker: `pip install --upgrade "
        '"celery[redis]"`',
    ),
    Symptom(
        "SPR020",
        "crontab runs at the wrong hour",
        "Celery interprets schedules in UTC unless the app has a time zone.",
        "Set your time zone in the app: `app.conf.timezone = 'Europe/Berlin'`",
    ),
    Symptom(
        "SPR021",
        "Pidfile (celerybeat.pid) already exists",
        "Another beat is running in this folder, or a killed beat left its file "
        "behind.",
        "If no beat is running, delete the file: `rm celerybeat.pid`",
        (
            r"Pidfile \(.*\) already exists",
            r"LockFailed: .*File exists: '.*\.pid'",
            r"Seems we're already running\?",
        ),
    ),
    Symptom(
        "SPR022",
        "Refusing to deserialize untrusted content of type pickle",
        "The client sends pickled messages, and the worker accepts only JSON.",
        "Use JSON, which is the default: remove `serializer='pickle'` from the client",
        (
            r"Refusing to deserialize (untrusted|disabled) content of type",
            r"ContentDisallowed",
        ),
    ),
    Symptom(
        "SPR023",
        "PRECONDITION_FAILED: delivery acknowledgement timed out",
        "A task with `acks_late` ran longer than RabbitMQ's acknowledgement timeout, "
        "which is 30 minutes by default.",
        "Increase the limit in the configuration of RabbitMQ: `consumer_timeout = "
        "7200000`",
        (
            r"delivery acknowledgement on channel \d+ timed out",
            r"consumer ack timed out on channel",
        ),
    ),
    Symptom(
        "SPR024",
        "may have been in progress in another thread when fork() was called",
        "macOS aborts a forked process if a system library was in use during the fork.",
        "Use a pool without fork: `celery -A taskrunner worker -l info -P solo`",
        (r"may have been in progress in another thread when fork\(\) was called",),
        consequences=("SPR016",),
        unseen="Only the worker's log shows that macOS aborted the process.",
    ),
    Symptom(
        "SPR025",
        "unexpected keyword argument 'credential_provider'",
        "The installed versions of Celery, Kombu and redis-py are incompatible.",
        'Upgrade the three packages together: `pip install --upgrade "celery[redis]"`',
        (
            r"__init__\(\) got an unexpected keyword argument "
            r"'(credential_provider|username|retry|lib_name|client_name)'",
            r"'EntryPoints' object has no attribute 'get'",
            r"(celery|kombu|redis) .*requires .*but you have",
        ),
    ),
    Symptom(
        "SPR026",
        "Authentication required",
        "Redis requires a password, and the address contains no password or a wrong "
        "one.",
        "Add the password to the address: `export "
        "CELERY_BROKER_URL=redis://:secret@localhost:6379/0`",
        (
            r"NOAUTH|Authentication required",
            r"WRONGPASS|invalid username-password pair|invalid password",
            r"AUTH <password> called without any password configured",
        ),
        consequences=("SPR002",),
    ),
    Symptom(
        "SPR027",
        "The worker starts, but its list of tasks is empty",
        "`-A celery` names the package Celery, which does not contain your tasks.",
        "Change to the parent folder, and name your package: "
        "`cd .. && celery -A taskrunner worker -l info`",
        (r"app: +default:0x",),
        consequences=("SPR004",),
    ),
    Symptom(
        "SPR028",
        "No module named 'taskrunner.settings'",
        "`DJANGO_SETTINGS_MODULE` is set in this terminal, and names a module that "
        "does not exist here.",
        "Unset the variable: `unset DJANGO_SETTINGS_MODULE`",
        (r"No module named '[\w.]*\bsettings\b",),
        consequences=("SPR010",),
    ),
    Symptom(
        "SPR029",
        "MISCONF, OOM, READONLY: Redis does not write",
        "Redis responds but cannot write, because its memory is full, its disk is not "
        "writable, or the server is a replica.",
        "Inspect the Redis server: `redis-cli info`",
        (
            r"MISCONF |Redis is configured to save RDB snapshots",
            r"command not allowed when used memory",
            r"You can't write against a read only (replica|slave)",
        ),
        consequences=("SPR002",),
    ),
    Symptom(
        "SPR030",
        "beat sends, but no task runs",
        "The message is in a queue that no worker consumes.",
        "Start a worker that consumes the queue: `celery -A shop worker -l info -Q "
        "mails`",
    ),
    Symptom(
        "SPR031",
        "PENDING again: the result has expired",
        "The backend deletes a result after `result_expires`, which is one day by "
        "default.",
        "Raise `result_expires`, and store results that you need for longer in your "
        "own database",
    ),
    Symptom(
        "SPR032",
        "DuplicateTaskNameWarning",
        "Two tasks have the same name, and the worker runs only one of them.",
        "Give each task a unique name: `@app.task(name='send-goodbye')`",
        (r"DuplicateTaskNameWarning",),
        consequences=("SPR004",),
    ),
    Symptom(
        "SPR033",
        "No nodes replied within time constraint",
        "No worker is running, or a worker with `-P solo` is busy with a task and "
        "cannot respond.",
        "Use a pool that responds while tasks run: `celery -A taskrunner worker -l "
        "info -P threads`",
        (r"No nodes replied within time constraint",),
    ),
    Symptom(
        "SPR034",
        "Tasks of another project arrive in my worker",
        "Two projects use the same Redis database, and each worker receives the "
        "messages of both projects.",
        "Give each project its own database: `export "
        "CELERY_BROKER_URL=redis://localhost:6379/1`",
    ),
    Symptom(
        "SPR035",
        "No module named 'celery'",
        "This terminal does not use the Python in `.venv`.",
        "Activate the environment in every terminal: `. .venv/bin/activate`",
        (r"No module named '?celery'?(?![\w.])", r"celery: (command )?not found"),
        consequences=("SPR010",),
    ),
    Symptom(
        "SPR036",
        "Address already in use",
        "Another program, usually a Redis server, is already using this port.",
        "Use the running Redis server, or start Redis on another port: `redis-server "
        "--bind 127.0.0.1 --save '' --port 6380`",
        (r"Address already in use",),
    ),
    Symptom(
        "SPR037",
        "Inequivalent arg 'x-queue-type'",
        "RabbitMQ already has a queue with this name and another type.",
        "Stop the workers, and delete the queue: "
        "`celery -A taskrunner amqp queue.delete celery`",
        (r"[Ii]nequivalent arg",),
    ),
    Symptom(
        "SPR038",
        "The operation timed out",
        "No worker finished the task before the timeout of `get()`.",
        "Start a worker in the same folder: `celery -A taskrunner worker -l info`",
        (r"TimeoutError: The operation timed out",),
        unseen="Only the client sees the error. Checks find its cause: SPR001, SPR033.",
    ),
    Symptom(
        "SPR039",
        "Flower answers 401",
        "Flower's API rejects requests without a login.",
        "On your own machine, allow such requests: `FLOWER_UNAUTHENTICATED_API=true "
        "celery -A taskrunner flower --address=127.0.0.1`",
        (r"FLOWER_UNAUTHENTICATED_API", r"HTTP Error 401: Unauthorized"),
        unseen="A check cannot determine whether Flower should require a login.",
    ),
    Symptom(
        "SPR040",
        "Numbers as dict keys become strings",
        "JSON supports only strings as keys.",
        "Send a list of pairs, and build the dict in the task: `dict(pairs)`",
    ),
    Symptom(
        "SPR041",
        "Cannot mix new and old setting keys",
        "The app mixes uppercase settings, as before Celery 4, with lowercase "
        "settings.",
        "Write all settings in lowercase: `app.conf.task_serializer = 'json'`",
        (r"Cannot mix new and old setting keys",),
    ),
    Symptom(
        "SPR042",
        "There is no redis-server here",
        "No program named `redis-server` or `valkey-server` is installed.",
        "Install Redis, for example on Debian: `sudo apt-get install redis-server`",
        (r"There is no redis-server here", r"redis-server: (command )?not found"),
    ),
    Symptom(
        "SPR043",
        "'int' object is not iterable, in the task after a group",
        "A chain turns a group with one member into a single task, so the next task "
        "receives a single result instead of a list.",
        "If the number of members depends on data, use a chord: `chord(members, last)`",
        (r"raised unexpected: TypeError\(\"'(int|float)' object is not iterable",),
    ),
)
BY_ID = {symptom.id: symptom for symptom in SYMPTOMS}
