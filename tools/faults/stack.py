"""Run the application of `make api` with its own broker and database."""

import json
import os
import re
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from xmlrpc.client import ServerProxy

import psutil
import psycopg
from kombu import Connection
from supervisor.xmlrpc import SupervisorTransport

from sprout.broker import free_port
from sprout.loopback import urlopen
from sprout.process import Process, environment
from tools.servers.postgresql import PostgreSQL
from tools.servers.rabbitmq import RabbitMQ
from tools.waiting import until

PROJECT = Path(__file__).parents[2] / "drf_api"

# Triggers that record each success of a task in the table `effects`. The counts of the
# tool therefore do not depend on the tested application.
COUNTER = {
    "sqlite": """
        CREATE TABLE effects (task_id TEXT);
        CREATE TRIGGER effect_new AFTER INSERT ON django_celery_results_taskresult
        WHEN NEW.status = 'SUCCESS'
        BEGIN INSERT INTO effects VALUES (NEW.task_id); END;
        CREATE TRIGGER effect_again AFTER UPDATE ON django_celery_results_taskresult
        WHEN NEW.status = 'SUCCESS'
        BEGIN INSERT INTO effects VALUES (NEW.task_id); END;
    """,
    "postgresql": """
        CREATE TABLE effects (task_id TEXT);
        CREATE FUNCTION effect() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO effects VALUES (NEW.task_id); RETURN NULL; END $$;
        CREATE TRIGGER effect AFTER INSERT OR UPDATE
        ON django_celery_results_taskresult FOR EACH ROW
        WHEN (NEW.status = 'SUCCESS') EXECUTE FUNCTION effect();
    """,
}


class Stack:
    """The application with its processes, started by up.py, during a `with` block.

    Arguments:
        kind: "redis" (with SQLite) or "rabbitmq" (with PostgreSQL).
        env: settings that differ from the defaults.
    """

    def __init__(self, kind: str, **env: str) -> None:
        self.kind = kind
        self.database = "sqlite" if kind == "redis" else "postgresql"
        self.port = free_port()
        self.site = f"http://127.0.0.1:{self.port}"
        self._blocks = ExitStack()
        self.folder = Path(
            self._blocks.enter_context(tempfile.TemporaryDirectory(prefix="sprout-"))
        )
        self.env = {
            "PORT": str(self.port),
            "FLOWER_PORT": str(free_port()),
            "REDIS_PORT": str(free_port()),
            "SPROUT_VAR": str(self.folder / "var"),
            "BACKUP_DIR": str(self.folder / "backups"),
            "DATABASE_URL": f"sqlite:///{self.folder}/db.sqlite3",
            "THROTTLE_START": "100000/min",
            "THROTTLE_CHANGE": "100000/min",
            "STEP_SECONDS": "0.2",
            **env,
        }

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.push(self._blocks)
            if self.kind == "rabbitmq":
                self.rabbitmq = self._blocks.enter_context(RabbitMQ())
                self.postgresql = self._blocks.enter_context(PostgreSQL())
                self.env["CELERY_BROKER_URL"] = self.rabbitmq.url
                self.env["DATABASE_URL"] = self.postgresql.url
            env = environment(self.env)
            if self.kind == "redis":
                env["CELERY_BROKER_URL"] = ""
            up = Process(["python", "up.py"], cwd=PROJECT, env=env, grace=60)
            self.up = self._blocks.enter_context(up)
            until(lambda: "Ctrl-C stops" in up.log() or not up.running, 240)
            assert up.running, up.log()
            # python() and the clients of the broker need the URL of up.py's Redis.
            if self.kind == "redis":
                url = f"redis://127.0.0.1:{self.env['REDIS_PORT']}/0"
                self.env["CELERY_BROKER_URL"] = url
            (socket,) = re.findall(r"supervisorctl -s (unix://\S+)", up.log())
            transport = SupervisorTransport(None, None, socket)
            self._control = ServerProxy("http://127.0.0.1", transport)
            self._blocks.callback(transport.close)
            self.script(COUNTER[self.database])
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._blocks.close()

    # The processes

    @property
    def supervisor(self) -> Any:
        """The XML-RPC methods of supervisor, such as `stopProcess`."""
        return self._control.supervisor

    def process(self, program: str) -> psutil.Process:
        """Wait for a program of supervisord.conf, and return its main process."""

        def find() -> psutil.Process | None:
            pid = self.supervisor.getProcessInfo(program)["pid"]
            try:
                return psutil.Process(pid) if pid else None
            # supervisor has not noticed that the process has ended.
            except psutil.NoSuchProcess:
                return None

        found: psutil.Process = until(find, 60, f"{program} runs")
        return found

    def pool(self) -> list[psutil.Process]:
        """Return the pool processes of the default worker."""
        return self.process("worker").children()

    def log(self, program: str) -> str:
        """Return the output of a program."""
        path = self.log_of(program)
        return path.read_text(errors="replace") if path.exists() else ""

    def log_of(self, program: str) -> Path:
        """Return the path of a program's log."""
        return self.folder / "var" / "log" / f"{program}.log"

    def ready(self) -> bool:
        """Return True if the readiness check of the application succeeds."""
        try:
            with urlopen(f"{self.site}/readyz", timeout=5):
                return True
        except OSError:
            return False

    def wait_until_ready(self) -> None:
        """Wait until the application is ready."""
        until(self.ready, 90, f"ready: {self.log('worker')[-2000:]}")

    # The broker and the database

    def broker_processes(self) -> list[psutil.Process]:
        """Return the processes of the broker."""
        if self.kind == "redis":
            return [self.process("redis")]
        leash = psutil.Process(self.rabbitmq._node.leash_pid)
        return leash.children(recursive=True)

    def kill_broker(self) -> None:
        """Kill the broker as in a crash. Writes that reached the kernel survive."""
        self.signal_broker(signal.SIGKILL)

    def signal_broker(self, number: int) -> None:
        """Send a signal to all of the broker's processes."""
        for process in self.broker_processes():
            # RabbitMQ's child processes can end during the loop.
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def stop_broker(self) -> None:
        """Stop the broker cleanly."""
        if self.kind == "redis":
            self.supervisor.stopProcess("redis")
        else:
            self.rabbitmq._node.stop()

    def start_broker(self) -> None:
        """Restart RabbitMQ with its data, or wait until supervisor restarts Redis."""
        if self.kind == "redis":
            until(lambda: self.process("redis").is_running(), 20)
            return
        self.rabbitmq._node.stop()
        self.rabbitmq._node.start()
        until(lambda: self.rabbitmq.answers(), 60, "RabbitMQ is back")

    def waiting(self) -> dict[str, Any]:
        """Return the messages in the default queue, by task id.

        Omits messages that can expire, such as those of beat.
        """
        found = {}
        with Connection(self.env["CELERY_BROKER_URL"]) as connection:
            channel = connection.default_channel
            if self.kind == "redis":
                for message in channel.client.lrange("celery", 0, -1):
                    headers = json.loads(message)["headers"]
                    if not headers["expires"]:
                        found[headers["id"]] = message
                return found
            while message := channel.basic_get("celery"):
                if not message.headers["expires"]:
                    found[message.headers["id"]] = message
        return found  # Closing the connection has requeued the messages.

    def rows(self, query: str, *values: object) -> list[tuple]:
        """Run a statement in the database, and return its rows. Values replace `?`."""
        if self.database == "sqlite":
            path = self.folder / "db.sqlite3"
            with closing(sqlite3.connect(path, timeout=30)) as connection:
                found = connection.execute(query, values).fetchall()
                connection.commit()
                return found
        with psycopg.connect(self.postgresql.url) as connection:
            cursor = connection.execute(query.replace("?", "%s"), values or None)
            return cursor.fetchall() if cursor.description else []

    def script(self, text: str) -> None:
        """Run several statements in the database."""
        if self.database == "sqlite":
            path = self.folder / "db.sqlite3"
            with closing(sqlite3.connect(path, timeout=30)) as connection:
                connection.executescript(text)
        else:
            with psycopg.connect(self.postgresql.url) as connection:
                connection.execute(text)

    def python(self, code: str, **env: str) -> str:
        """Run code in Django's shell, in a separate process. Return its output."""
        command = ["python", "manage.py", "shell", "-v0", "-c", code]
        with Process(command, cwd=PROJECT, env=self.env | env) as process:
            assert process.wait(90) == 0, process.log()
            return process.log()


@contextmanager
def suspended(process: psutil.Process) -> Iterator[None]:
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def kill(process: psutil.Process) -> None:
    os.kill(process.pid, signal.SIGKILL)
    psutil.wait_procs([process], timeout=10)
