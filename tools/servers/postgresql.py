"""A private PostgreSQL on a free port of 127.0.0.1."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import psycopg

from sprout.broker import free_port
from sprout.process import Process

# PostgreSQL refuses to run as root.
AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def find_postgresql() -> Path | None:
    """Return the folder of the server's programs, or None if none is found."""
    found = shutil.which("initdb")
    # Debian installs each version into its own folder, which is not on PATH.
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return Path(found).parent if found else folders[-1] if folders else None


class PostgreSQL:
    """PostgreSQL with an empty database and a password, during a `with` block."""

    def __init__(self, timeout: float = 30.0) -> None:
        self.timeout = timeout
        self.port = free_port()
        self._programs = find_postgresql() or Path()
        self._folder = tempfile.TemporaryDirectory(prefix="sprout-postgresql-")
        self._root = AS_NOBODY if os.geteuid() == 0 else []
        self._data = f"{self._folder.name}/data"
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
        }
        settings = [f"--{name}={value}" for name, value in options.items()]
        command = [f"{self._programs}/postgres", "-D", self._data, *settings]
        self._server = Process([*self._root, *command], cwd=Path("/"))

    @property
    def url(self) -> str:
        """The URL of the database, for DATABASE_URL."""
        return f"postgres://sprout:secret@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> Self:
        password = Path(self._folder.name, "password")
        password.write_text("secret")
        if self._root:
            for path in (self._folder.name, password):
                shutil.chown(path, "nobody")
        command = [f"{self._programs}/initdb", "-D", self._data, "--username=sprout"]
        command += ["--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"]
        command += ["--encoding=UTF8", "--locale=C"]
        done = subprocess.run(
            [*self._root, *command], cwd="/", capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        self._server.start()
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                if not self._server.running or time.monotonic() > deadline:
                    log = self._server.log()
                    self.__exit__()
                    raise AssertionError(f"PostgreSQL does not start:\n{log}") from None
                time.sleep(0.1)
            else:
                return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._folder.cleanup()
