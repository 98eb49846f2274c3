"""A test proxy that must not receive requests, although `http_proxy` names it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """A listening port. `requests` contains the first bytes of each connection."""

    address: str
    requests: list[bytes] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of a shell behind this proxy."""
        both = {"no_proxy": "", "NO_PROXY": ""}
        names = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
        return both | dict.fromkeys(names, self.address)

    def refuse(self, server: socket.socket) -> None:
        """Answer each request with 502, until the port is closed."""
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self.requests.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 502 Unexpected request\r\n\r\n")


@contextmanager
def proxy() -> Iterator[Proxy]:
    """Listen during the block. Fail at the end if the proxy received a request."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Proxy(f"http://127.0.0.1:{server.getsockname()[1]}")
        thread = threading.Thread(target=found.refuse, args=(server,), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)
    assert not found.requests, f"The proxy received requests: {found.requests}"
