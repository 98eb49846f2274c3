"""A private RabbitMQ on free ports of 127.0.0.1."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from amqp.exceptions import AMQPError
from kombu import Connection

from sprout import SproutError
from sprout.broker import free_port
from sprout.process import Process

# Debian's command on PATH requires root. The script behind this command does not.
SCRIPT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
CONTROL = SCRIPT.with_name("rabbitmqctl")


def find_rabbitmq() -> str | None:
    """Return the path of rabbitmq-server, or None if it is not installed."""
    return str(SCRIPT) if SCRIPT.exists() else shutil.which("rabbitmq-server")


class RabbitMQ:
    """A RabbitMQ node with its own ports, files and cookie, during a `with` block.

    Raises SproutError with the log if the node does not accept connections within
    `timeout` seconds.
    """

    def __init__(self, timeout: float = 60.0) -> None:
        self.timeout = timeout
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="sprout-rabbitmq-")
        mapper = str(free_port())
        self._env = env = {
            "HOME": self._folder.name,  # the folder of Erlang's cookie
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": mapper,
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",  # Ignore the system's settings.
            "RABBITMQ_CONFIG_FILE": f"{self._folder.name}/none",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{self._folder.name}/plugins",
            "RABBITMQ_LOG_BASE": self._folder.name,
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_MNESIA_BASE": self._folder.name,
            "RABBITMQ_NODENAME": f"sprout{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
        }
        # Start epmd here. RabbitMQ would start epmd as a daemon that outlives the node.
        self._mapper = Process(["epmd", "-port", mapper, "-address", "127.0.0.1"])
        self._node = Process([find_rabbitmq() or ""], env=env, grace=20)

    @property
    def url(self) -> str:
        """The URL of the broker, for CELERY_BROKER_URL."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def clear(self) -> None:
        """Delete the queues `celery` and `slow` with their messages."""
        with Connection(self.url) as connection:
            for queue in ("celery", "slow"):
                connection.default_channel.queue_delete(queue)

    def set_memory_limit(self, share: float) -> None:
        """Limit the node to a share of the memory. A small share raises an alarm.

        During an alarm, RabbitMQ does not read from publishers.
        """
        self._control("set_vm_memory_high_watermark", f"{share:.7f}")

    def set_consumer_timeout(
        self, timeout: int = 1_800_000, tick: int = 60_000
    ) -> None:
        """Limit the time to acknowledge a message, on channels opened afterwards.

        RabbitMQ checks the limit `timeout` every `tick`, both in milliseconds.
        """
        for name, value in (
            ("consumer_timeout", timeout),
            ("channel_tick_interval", tick),
        ):
            self._control("eval", f"application:set_env(rabbit, {name}, {value}).")

    def log(self) -> str:
        """Return the log of the node."""
        return self._node.log()

    def _control(self, *words: str) -> None:
        """Run rabbitmqctl. Raise CalledProcessError if rabbitmqctl fails."""
        control = str(CONTROL) if CONTROL.exists() else "rabbitmqctl"
        subprocess.run(
            [control, "-n", self._env["RABBITMQ_NODENAME"], *words],
            env={**os.environ, **self._env},
            check=True,
            capture_output=True,
            timeout=60,
        )

    def __enter__(self) -> Self:
        try:
            self._mapper.start()
            self._node.start()
            deadline = time.monotonic() + self.timeout
            while not self.answers():
                if not self._node.running or time.monotonic() > deadline:
                    raise SproutError(f"RabbitMQ does not start:\n{self._node.log()}")
                time.sleep(0.2)
        except BaseException:  # including Ctrl-C, before `with` can call __exit__()
            self.__exit__()
            raise
        return self

    def answers(self) -> bool:
        """Return True if the node accepts connections."""
        try:
            with Connection(self.url, connect_timeout=2) as connection:
                connection.connect()
        except (OSError, AMQPError):
            return False
        return True

    def __exit__(self, *_: object) -> None:
        self._node.stop()
        self._mapper.stop()
        self._folder.cleanup()
