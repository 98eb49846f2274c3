"""A private nginx on free ports of 127.0.0.1, configured as in drf_api."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from sprout.broker import free_port
from sprout.process import Process

EXAMPLE = Path(__file__).parents[2] / "drf_api" / "deploy" / "nginx.conf"
# A main configuration that includes the example, as Debian's does.
AROUND = """\
{user}
pid {folder}/pid;
events {{ worker_connections 768; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {folder}/sprout.conf;
}}
"""


def find_nginx() -> str | None:
    """Return the path of nginx, or None if nginx is not installed."""
    # On Debian, nginx is only on root's PATH.
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


class Nginx:
    """nginx with drf_api/deploy/nginx.conf, as a proxy for a server on `port`."""

    def __init__(self, port: int) -> None:
        self.port = free_port()  # for HTTPS
        self.http = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="sprout-nginx-")
        folder = Path(self._folder.name)
        self.certificate = folder / "sprout.example.pem"
        self._key = folder / "sprout.example.key"
        root = (
            "user root;" if os.geteuid() == 0 else ""
        )  # Only root can read the folder.
        around = AROUND.format(folder=folder, user=root)
        (folder / "nginx.conf").write_text(around)
        (folder / "sprout.conf").write_text(self._example(port))
        command = [find_nginx() or "", "-p", str(folder), "-c", f"{folder}/nginx.conf"]
        self._server = Process([*command, "-e", "stderr", "-g", "daemon off;"])

    def _example(self, port: int) -> str:
        """Return the example configuration with the ports and files of this server."""
        text = EXAMPLE.read_text()
        for theirs, ours in {
            "127.0.0.1:8000": f"127.0.0.1:{port}",
            "listen 80;": f"listen 127.0.0.1:{self.http};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "/etc/ssl/sprout.example.pem": str(self.certificate),
            "/etc/ssl/private/sprout.example.key": str(self._key),
        }.items():
            assert len(re.findall(re.escape(theirs), text)) == 1, theirs
            text = text.replace(theirs, ours)
        return text

    @property
    def log(self) -> str:
        """The error log of nginx."""
        return self._server.log()

    @property
    def tls(self) -> ssl.SSLContext:
        """A TLS context for clients, which trusts the server's certificate."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def __enter__(self) -> Self:
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"]
        command += ["-keyout", str(self._key), "-out", str(self.certificate)]
        command += ["-days", "2", "-subj", "/CN=sprout.example"]
        command += ["-addext", "subjectAltName=DNS:sprout.example,IP:127.0.0.1"]
        subprocess.run(command, check=True, capture_output=True)
        self._server.start()
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if not self._server.running or time.monotonic() > deadline:
                    log = self._server.log()
                    self.__exit__()
                    raise AssertionError(f"nginx does not start:\n{log}") from None
                time.sleep(0.05)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._folder.cleanup()
