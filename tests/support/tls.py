"""A TLS server on a free port of 127.0.0.1, in front of a server without TLS."""

import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest


class Tls:
    """Accept TLS on `port`, and exchange the data with the server without TLS.

    The certificate in the file `certificate` is self-signed and valid only for
    `localhost`. Clients must be configured to trust the certificate.
    """

    def __init__(self, folder: Path, target: int) -> None:
        if not shutil.which("openssl"):
            pytest.skip("openssl is missing. Run `apt-get install openssl`.")
        self.certificate, key = folder / "localhost.pem", folder / "localhost.key"
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"]
        command += ["-days", "2", "-subj", "/CN=localhost"]
        command += ["-addext", "subjectAltName=DNS:localhost"]
        command += ["-keyout", str(key), "-out", str(self.certificate)]
        subprocess.run(command, check=True, capture_output=True)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, key)
        self._target = target
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._open.append(self._server)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        # accept() raises OSError after __exit__() has closed the server.
        with suppress(OSError):
            while True:
                plain, _ = self._server.accept()
                threading.Thread(target=self._serve, args=[plain], daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        self._open.append(plain)
        try:
            near = self._context.wrap_socket(plain, server_side=True)
        except OSError:  # The client has rejected the certificate.
            plain.close()
            return
        far = socket.create_connection(("127.0.0.1", self._target))
        self._open += [near, far]
        threading.Thread(target=copy, args=[far, near], daemon=True).start()
        copy(near, far)


def copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
