"""The embedded broker: a real redis-server on a free port of 127.0.0.1.

>>> with Broker() as broker:
...     broker.url()
'redis://127.0.0.1:40123/0'
"""

import socket
import time
from typing import Self

from sprout import SproutError
from sprout.process import SCRIPTS, Process
from sprout.redis_server import NO_REDIS, find_server


class BrokerError(SproutError):
    """redis-server is not installed, or does not start."""


class Broker:
    """A private broker and result backend that is removed when the block ends.

    It stores its data in memory and listens only on 127.0.0.1. It has 16 separate
    databases: use one for each worker.

    Arguments:
        timeout: the seconds in which it must answer.

    Raises BrokerError at the start if there is no redis-server or it does not answer.
    """

    def __init__(self, timeout: float = 10.0) -> None:
        self.timeout = timeout
        self.port = 0
        self._process: Process | None = None

    def url(self, database: int = 0) -> str:
        """Return the URL of one of the databases, 0 to 15."""
        return f"redis://127.0.0.1:{self.port}/{database}"

    def start(self) -> Self:
        """Start the broker and wait until it answers."""
        server = find_server(SCRIPTS)
        if server is None:
            raise BrokerError(NO_REDIS)
        for _ in range(3):  # another program may bind the port first
            self.port = free_port()
            # Without CONFIG, a client cannot make the server write files.
            options = f"--port {self.port} --bind 127.0.0.1 --appendonly no"
            options += " --rename-command CONFIG none --save"
            self._process = process = Process([server, *options.split(), ""])
            try:
                if self._answers(process):
                    return self
            except BaseException:  # Ctrl-C, before the caller can call stop()
                process.stop()
                raise
            process.stop()
        end = "\n".join(process.log().splitlines()[-5:])
        raise BrokerError(f"{server} does not start. The end of its log:\n{end}")

    def _answers(self, process: Process) -> bool:
        """Start the server; return whether it accepts connections in time."""
        deadline = time.monotonic() + self.timeout
        process.start()
        while process.running and time.monotonic() < deadline:
            # Read the server's own log: another program on the port might answer too.
            if "Ready to accept connections" in process.log():
                return True
            time.sleep(0.02)
        return False

    def stop(self) -> None:
        """Stop the server, if it still runs."""
        if self._process is not None:
            self._process.stop()

    @property
    def running(self) -> bool:
        """Whether the server is running."""
        return self._process is not None and self._process.running

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def free_port() -> int:
    """Return a free TCP port of 127.0.0.1 that stays free for about a minute.

    The function opens a connection through the port and closes it from the listening
    side. While the connection is in TIME_WAIT, the kernel does not choose the port for
    other programs. A server that binds this port with SO_REUSEADDR, as servers do, gets
    it.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
        return port
