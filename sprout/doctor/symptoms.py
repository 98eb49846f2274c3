"""The symptoms that the doctor knows: an id, a title, a cause and a cure for each.

The Troubleshooting page of the site has a section for each symptom with the same title,
cause and cure. A test compares the page with this module. SPR001 to SPR025 are the 25
most frequent symptoms in Celery's issue tracker, in order of frequency. An id is never
reused.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Symptom:
    """A symptom with its cause and its cure.

    `patterns` are regular expressions that recognise the symptom in a traceback or a
    log. Only a check finds a symptom without patterns. `consequences` lists the ids of
    more general symptoms that match the same text. This symptom comes before them.
    """

    id: str
    title: str
    cause: str
    cure: str
    patterns: tuple[str, ...] = ()
    consequences: tuple[str, ...] = ()

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
        "The result backend reports PENDING for every id that it does not know.",
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
        "The worker does not know the task: the worker runs another app, is older "
        "than the task, or does not import the task's module.",
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
        "Celery imports the modules in `include`, and `autodiscover_tasks` adds only "
        "the module `tasks` of each named package.",
        "Move the tasks to `tasks.py`, or name the module: "
        "`app.autodiscover_tasks(['bakery'], related_name='jobs')`",
    ),
    Symptom(
        "SPR006",
        "'DisabledBackend' object has no attribute '_get_task_meta_for'",
        "This app has no result backend, or the result belongs to another app.",
        "Give the app a `backend`, and ask the app: `app.AsyncResult(task_id)`",
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
        "A worker reads its code once, when it starts.",
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
        "A file named `celery.py` in this folder hides the package Celery.",
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
        "Inside a container, `localhost` is the container itself; outside, the names "
        "of Compose services are unknown.",
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
        "Arguments and results travel as JSON, which has no sets, paths or objects.",
        "Send a list or a string, and return one: `return str(path)`",
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
        "A task that waits for another task holds a process, perhaps the last one.",
        "Chain the two tasks: `chain(render_invoice.s(7), send_mail.s()).delay()`",
        (r"Never call result\.get\(\) within a task",),
    ),
    Symptom(
        "SPR016",
        "Worker exited prematurely: signal 9 (SIGKILL)",
        "The system killed the process that ran the task, usually because memory was "
        "short.",
        "Let the worker run fewer tasks at once: "
        "`celery -A taskrunner worker -l info --concurrency=1`",
        (r"Worker exited prematurely", r"exited with 'signal \d+"),
    ),
    Symptom(
        "SPR017",
        "A task with a long countdown runs twice",
        "Redis delivers a message again when no worker has acknowledged it within the "
        "visibility timeout, an hour by default.",
        "Make the timeout longer than the longest countdown: "
        "`broker_transport_options={'visibility_timeout': 43200}`",
    ),
    Symptom(
        "SPR018",
        "DoesNotExist right after save",
        "The worker reads the row before the transaction of the caller has committed.",
        "Send the task after the commit: `charge.delay_on_commit(order.id)`",
        (r"DoesNotExist.*matching query does not exist",),
    ),
    Symptom(
        "SPR019",
        "The worker is silent after Redis came back",
        "Kombu before 5.4 could stop reading its queues after Redis had restarted.",
        "Install a newer Celery, and restart the worker: "
        '`pip install --upgrade "celery[redis]"`',
    ),
    Symptom(
        "SPR020",
        "crontab runs at the wrong hour",
        "Celery reads schedules in UTC unless the app has a time zone.",
        "Name your time zone in the app: `app.conf.timezone = 'Europe/Berlin'`",
    ),
    Symptom(
        "SPR021",
        "Pidfile (celerybeat.pid) already exists",
        "Another beat is running in this folder, or a killed beat has left its file.",
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
        "The client sends pickle, and the worker accepts only JSON.",
        "Send JSON, which is the default: remove `serializer='pickle'` from the client",
        (
            r"Refusing to deserialize (untrusted|disabled) content of type",
            r"ContentDisallowed",
        ),
    ),
    Symptom(
        "SPR023",
        "PRECONDITION_FAILED: delivery acknowledgement timed out",
        "A task with `acks_late` ran longer than RabbitMQ waits for an "
        "acknowledgement, 30 minutes by default.",
        "Raise the limit in the configuration of RabbitMQ: "
        "`consumer_timeout = 7200000`",
        (
            r"delivery acknowledgement on channel \d+ timed out",
            r"consumer ack timed out on channel",
        ),
    ),
    Symptom(
        "SPR024",
        "may have been in progress in another thread when fork() was called",
        "macOS aborts a forked process in which a system library was in use.",
        "Use a pool without fork: `celery -A taskrunner worker -l info -P solo`",
        (r"may have been in progress in another thread when fork\(\) was called",),
        consequences=("SPR016",),
    ),
    Symptom(
        "SPR025",
        "unexpected keyword argument 'credential_provider'",
        "The installed versions of Celery, Kombu and redis-py do not fit together.",
        'Install the three together: `pip install --upgrade "celery[redis]"`',
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
        "Redis asks for a password, and the address has none or a wrong one.",
        "Put the password into the address: "
        "`export CELERY_BROKER_URL=redis://:secret@localhost:6379/0`",
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
        "`DJANGO_SETTINGS_MODULE` is set in this terminal, and names settings that "
        "are not here.",
        "Unset the variable: `unset DJANGO_SETTINGS_MODULE`",
        (r"No module named '[\w.]*\bsettings\b",),
        consequences=("SPR010",),
    ),
    Symptom(
        "SPR029",
        "MISCONF, OOM, READONLY: Redis does not write",
        "Redis answers but cannot write: its memory is full, its disk is not "
        "writable, or it is a replica.",
        "Look at Redis: `redis-cli info`",
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
        "The message goes to a queue that no worker reads.",
        "Start a worker that reads the queue: `celery -A shop worker -l info -Q mails`",
    ),
    Symptom(
        "SPR031",
        "PENDING again: the result has expired",
        "The backend deletes a result after `result_expires`, a day by default.",
        "Run the task again, and store what you need later in a database of your own",
    ),
    Symptom(
        "SPR032",
        "DuplicateTaskNameWarning",
        "Two tasks have the same name, and the worker runs only one of them.",
        "Give each task a name of its own: `@app.task(name='send-goodbye')`",
        (r"DuplicateTaskNameWarning",),
        consequences=("SPR004",),
    ),
    Symptom(
        "SPR033",
        "No nodes replied within time constraint",
        "No worker is running, or a worker with `-P solo` is busy with a task and "
        "cannot answer.",
        "Use a pool that answers while tasks run: "
        "`celery -A taskrunner worker -l info -P threads`",
        (r"No nodes replied within time constraint",),
    ),
    Symptom(
        "SPR034",
        "Tasks of another project arrive in my worker",
        "Two projects use the same database of Redis, and each worker takes messages "
        "of both.",
        "Give each project a database of its own: "
        "`export CELERY_BROKER_URL=redis://localhost:6379/1`",
    ),
    Symptom(
        "SPR035",
        "No module named 'celery'",
        "This terminal uses another Python than the one in `.venv`.",
        "Activate the environment in every terminal: `. .venv/bin/activate`",
        (r"No module named '?celery'?(?![\w.])", r"celery: (command )?not found"),
        consequences=("SPR010",),
    ),
    Symptom(
        "SPR036",
        "Address already in use",
        "A Redis runs there already.",
        "Use that Redis, or start one on another port: "
        "`redis-server --bind 127.0.0.1 --save '' --port 6380`",
        (r"Address already in use",),
    ),
    Symptom(
        "SPR037",
        "Inequivalent arg 'x-queue-type'",
        "RabbitMQ has a queue of that name already, of another type.",
        "Stop the workers, and delete the queue: "
        "`celery -A taskrunner amqp queue.delete celery`",
        (r"[Ii]nequivalent arg",),
    ),
    Symptom(
        "SPR038",
        "The operation timed out",
        "No worker has run the task in the time that `get()` waits.",
        "Start a worker in the same folder: `celery -A taskrunner worker -l info`",
        (r"TimeoutError: The operation timed out",),
    ),
    Symptom(
        "SPR039",
        "Flower answers 401",
        "Flower's API refuses requests without a login.",
        "On your own machine, allow them: `FLOWER_UNAUTHENTICATED_API=true celery -A "
        "taskrunner flower --address=127.0.0.1`",
        (r"FLOWER_UNAUTHENTICATED_API", r"HTTP Error 401: Unauthorized"),
    ),
    Symptom(
        "SPR040",
        "Numbers as keys have become strings",
        "JSON has only strings as keys.",
        "Send pairs, and build the dict in the task: `dict(pairs)`",
    ),
    Symptom(
        "SPR041",
        "Cannot mix new and old setting keys",
        "The app has settings in capitals, as before Celery 4, and in small letters.",
        "Write all settings in small letters: `app.conf.task_serializer = 'json'`",
        (r"Cannot mix new and old setting keys",),
    ),
    Symptom(
        "SPR042",
        "There is no redis-server here",
        "No program named `redis-server` or `valkey-server` is installed.",
        "Install Redis, on Debian with `sudo apt-get install redis-server`",
        (r"There is no redis-server here", r"redis-server: (command )?not found"),
    ),
    Symptom(
        "SPR043",
        "'int' object is not iterable, in the task after a group",
        "A chain turns a group with one member into a single task, and the next task "
        "gets its result instead of a list.",
        "If the number of members comes from data, write a chord: "
        "`chord(members, last)`",
        (r"raised unexpected: TypeError\(\"'(int|float)' object is not iterable",),
    ),
)
BY_ID = {symptom.id: symptom for symptom in SYMPTOMS}
