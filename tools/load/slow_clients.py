"""Measure how other clients are served while slow clients send a byte per second."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

NAME = "sprout.example"
HOST = f"Host: {NAME}\r\n".encode()
BEGINNINGS = {
    "headers": b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Slow: ",
    "bodies": b"POST /api/runs/ HTTP/1.1\r\n"
    + HOST
    + b"Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n",
}
SLOW_ADDRESS = "127.0.0.2"  # the address of the slow clients


@dataclass
class SlowClients:
    """The connections of slow clients, and the times at which connections ended."""

    open: list[socket.socket] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)  # seconds since the start

    def wait_until_ended(self, count: int, seconds: float) -> None:
        """Wait until the server has answered or closed `count` connections."""
        deadline = time.monotonic() + seconds
        while len(self.ended) < count:
            assert time.monotonic() < deadline, f"{len(self.ended)} of {count} ended"
            time.sleep(0.1)


@contextmanager
def slow_clients(
    port: int, beginning: bytes, count: int, tls: ssl.SSLContext | None = None
) -> Iterator[SlowClients]:
    """Start `count` requests, and send a byte of each request every second."""
    clients, begin, finished = SlowClients(), time.monotonic(), threading.Event()

    def trickle() -> None:
        while not finished.wait(1):
            for one in list(clients.open):
                try:
                    one.send(b"1")
                    # Before a response or a close, recv() raises BlockingIOError.
                    one.recv(1)
                except (BlockingIOError, ssl.SSLWantReadError):
                    continue
                except OSError:
                    pass
                clients.open.remove(one)
                clients.ended.append(time.monotonic() - begin)
                one.close()

    thread = threading.Thread(target=trickle)
    try:
        for _ in range(count):
            one = socket.create_connection(("127.0.0.1", port), 10, (SLOW_ADDRESS, 0))
            clients.open.append(one)
            if tls:
                one = tls.wrap_socket(one, server_hostname=NAME)
                clients.open[-1] = one
            one.sendall(beginning)
            one.setblocking(False)
        thread.start()
        yield clients
    finally:
        finished.set()
        if thread.ident:
            thread.join()
        for one in clients.open:
            one.close()


def request_repeatedly(ask: Callable[[], object], count: int) -> dict[str, float]:
    """Call `ask` `count` times. Return the number of responses and the longest wait."""
    answered, longest = 0, 0.0
    for _ in range(count):
        begin = time.monotonic()
        with contextlib.suppress(OSError):
            ask()
            answered += 1
        longest = max(longest, time.monotonic() - begin)
    return {"asked": count, "answered": answered, "longest, s": round(longest, 2)}
