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
    """redis-server is not installed or did not start."""


class Broker:
    """A private broker and result backend, which runs during a `with` block.

    The broker stores its data in memory, listens only on 127.0.0.1, and has 16 separate
    databases. Use a separate database for each app.

    Arguments:
        timeout: the number of seconds to wait until the server is ready.

    Entering the `with` block raises BrokerError if redis-server is not installed or
    does not start in time.
    """

    def __init__(self, timeout: float = 10.0) -> None:
        self.timeout = timeout
        self.port = 0
        self._process: Process | None = None

    def url(self, database: int = 0) -> str:
        """Return the URL of a database, 0 to 15."""
        return f"redis://127.0.0.1:{self.port}/{database}"

    def start(self) -> Self:
        """Start the broker and wait until it accepts connections."""
        server = find_server(SCRIPTS)
        if server is None:
            raise BrokerError(NO_REDIS)
        for _ in range(3):  # Another program might bind the port first.
            self.port = free_port()
            # Without CONFIG, a client cannot choose the files that the server writes.
            options = f"--port {self.port} --bind 127.0.0.1 --appendonly no"
            options += " --rename-command CONFIG none --save"
            self._process = process = Process([server, *options.split(), ""])
            try:
                if self._answers(process):
                    return self
            except BaseException:  # Ctrl-C arrived before the caller could call stop().
                process.stop()
                raise
            process.stop()
        end = "\n".join(process.log().splitlines()[-5:])
        raise BrokerError(f"{server} does not start. The end of its log:\n{end}")

    def _answers(self, process: Process) -> bool:
        """Start the server. Return True if it is ready before the timeout."""
        deadline = time.monotonic() + self.timeout
        process.start()
        while process.running and time.monotonic() < deadline:
            # Read the server's own log, because another program might answer on the
            # port.
            if "Ready to accept connections" in process.log():
                return True
            time.sleep(0.02)
        return False

    def stop(self) -> None:
        """Stop the server if it is running."""
        if self._process is not None:
            self._process.stop()

    @property
    def running(self) -> bool:
        """True if the server is running."""
        return self._process is not None and self._process.running

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def free_port() -> int:
    """Return a free TCP port of 127.0.0.1 that stays free for about a minute.

    Opens a connection to the port, and closes it from the listening side. While the
    connection is in TIME_WAIT, the kernel does not assign the port to other programs. A
    server that sets SO_REUSEADDR, as most servers do, can still bind the port.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
        return port
