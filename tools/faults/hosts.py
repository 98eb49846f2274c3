"""Faults between hosts, simulated with network namespaces."""

import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import ExitStack, suppress
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from sprout.process import Process
from tools.faults.fault import fault
from tools.faults.stack import PROJECT, Stack
from tools.waiting import until


def lacks_namespaces() -> str:
    """Return the missing requirement for a second host, or "" if none is missing."""
    if shutil.which("ip") is None:
        return "network namespaces (apt-get install iproute2)"
    return "" if os.geteuid() == 0 else "root privileges to create a network namespace"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Host:
    """A second host during a `with` block: a network namespace with one cable."""

    def __init__(self) -> None:
        self.name = f"sprout{os.getpid()}"
        self.cable = f"{self.name}c"
        net = f"10.203.{os.getpid() % 256}"
        self.here, self.there = f"{net}.1", f"{net}.2"

    def __enter__(self) -> Self:
        ip("netns", "add", self.name)
        try:
            end = ["type", "veth", "peer", "name", "eth0", "netns", self.name]
            ip("link", "add", self.cable, *end)
            ip("address", "add", f"{self.here}/24", "dev", self.cable)
            ip("link", "set", self.cable, "up")
            ip("-n", self.name, "address", "add", f"{self.there}/24", "dev", "eth0")
            ip("-n", self.name, "link", "set", "eth0", "up")
            ip("-n", self.name, "link", "set", "lo", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        ip("netns", "delete", self.name)  # This also deletes the cable.

    def pull(self) -> None:
        """Pull the cable without closing connections."""
        ip("link", "set", self.cable, "down")

    def plug(self) -> None:
        """Reconnect the cable."""
        ip("link", "set", self.cable, "up")


class Relay:
    """A port on the cable's address that forwards to a server on 127.0.0.1.

    The second host needs the relay, because the servers listen only on 127.0.0.1. As
    with a real cable, the servers receive no error when the cable is pulled.
    """

    def __init__(self, address: str, port: int) -> None:
        self.target = port
        self.server = socket.create_server((address, 0))
        self.port = self.server.getsockname()[1]
        self.sockets: list[socket.socket] = [self.server]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in self.sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # Wake the waiting thread.
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.server.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                self.sockets += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@fault(
    "one of two hosts loses its network while it runs steps",
    "the other host runs the steps, and no step ends twice when the network is back",
    lacks=lacks_namespaces,
)
def cut_off(stack: Stack) -> str:
    """Start a worker on a second host, and pull the cable while steps run.

    With SQLite, both hosts use the same database file, as on a shared disk.
    """
    with ExitStack() as blocks:
        host = blocks.enter_context(Host())

        def reach(url: str) -> str:
            parts = urlsplit(url)
            if not parts.port:
                return url
            relay = blocks.enter_context(Relay(host.here, parts.port))
            place = parts.netloc.rpartition("@")[0]
            place += f"{'@' if place else ''}{host.here}:{relay.port}"
            return urlunsplit(parts._replace(netloc=place))

        urls = ["CELERY_BROKER_URL", "DATABASE_URL"]
        worker = "celery -A taskrunner worker -n far@%h -Q celery -c 2 -l info"
        far = Process(
            ["ip", "netns", "exec", host.name, *worker.split()],
            cwd=PROJECT,
            env=stack.env | {name: reach(stack.env[name]) for name in urls},
            grace=20,
        )
        blocks.callback(lambda: stack.log_of("far").write_text(far.log()))
        blocks.enter_context(far)
        until(lambda: " ready." in far.log(), 60, "the worker of the other host")
        held = until(
            lambda: pull_from_busy_host(stack, host), 60, "the host runs steps"
        )
        begin = time.monotonic()
        until(lambda: ended(stack, held), 120, f"{held} ended on the other host")
        seconds = time.monotonic() - begin
        cut = far.log().count("succeeded")
        host.plug()
        until(lambda: far.log().count("succeeded") > cut, 60, "more steps succeed")
    return (
        f"interrupted steps: {len(held)}; the other host ended these steps after "
        f"{seconds:.0f} s"
    )


def pull_from_busy_host(stack: Stack, host: Host) -> list[str]:
    """Pull the cable if the host is running steps. Return the interrupted steps."""
    if not working(stack):
        return []
    host.pull()
    time.sleep(0.5)  # Wait until data in transit has arrived.
    held = working(stack)
    if not held:
        host.plug()
    return held


def working(stack: Stack) -> list[str]:
    """Return the running steps of the second host, according to the database."""
    found = stack.rows(
        "SELECT t.task_id FROM django_celery_results_taskresult t "
        "JOIN workflows_step s ON s.task_id = t.task_id "
        "WHERE t.status = 'STARTED' AND t.worker LIKE 'far@%'"
    )
    return [task for (task,) in found]


def ended(stack: Stack, tasks: list[str]) -> bool:
    found = stack.rows(
        "SELECT task_id FROM django_celery_results_taskresult "
        "WHERE status IN ('SUCCESS', 'FAILURE')"
    )
    return set(tasks) <= {task for (task,) in found}
