"""A background process that cannot outlive its owner.

>>> with Process(["sleep", "60"]) as process:
...     process.running
True
>>> process.running
False
"""

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Self

from sprout import leash
from sprout.environment import clean

SCRIPTS = Path(sysconfig.get_path("scripts"))


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of this process, with the venv's commands first on PATH.

    Variables of other projects are removed: see `sprout.environment`.
    """
    path = os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", os.defpath)])
    ours = {**os.environ, "PATH": path}
    clean(ours)
    return {**ours, **(extra or {})}


class Process:
    """A command that runs during a `with` block, or from `start()` to `stop()`.

    The command runs in its own session, so Ctrl-C in the terminal reaches only the
    owner, which stops the command. The command also ends if the owner is killed: see
    `sprout.leash`.

    Arguments:
        command: the program, looked up on the PATH of `environment()`, and its
            arguments.
        cwd: the working directory, by default the owner's.
        env: variables to add to the owner's environment.
        piped: True if `lines()` reads the output of the command. Otherwise `log()`
            reads the output from an unnamed file.
        grace: the number of seconds between SIGTERM and SIGKILL.

    `start()` raises OSError if `cwd` does not exist.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        piped: bool = False,
        grace: float = 5.0,
    ) -> None:
        self.command = [str(part) for part in command]
        self.cwd = cwd
        self.env = environment(env)
        self.piped = piped
        self.grace = grace
        self._log: IO[bytes] | None = None
        self._printed = ""
        self._leash: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the command and return immediately."""
        self._log = None if self.piped else tempfile.TemporaryFile()  # noqa: SIM115
        command = ["-ISu", leash.__file__, str(self.grace), *self.command]
        try:
            self._leash = subprocess.Popen(
                [sys.executable, *command],
                cwd=self.cwd,
                env=self.env,
                stdin=subprocess.PIPE,
                stdout=self._log or subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError:
            self.stop()
            raise
        return self

    def end(self) -> None:
        """Close the leash's input, which ends the command, and return immediately."""
        if self._leash is not None and self._leash.stdin is not None:
            self._leash.stdin.close()

    def stop(self) -> None:
        """Stop the command, and wait until the command and its children have ended."""
        self.end()
        if self._leash is not None:
            self._leash.wait(self.grace + 30)
        if self._log is not None:
            self._printed = self.log()
            self._log.close()
            self._log = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the command ends, and return its exit code.

        Raises subprocess.TimeoutExpired after `timeout` seconds.
        """
        assert self._leash is not None, "The process was not started."
        return self._leash.wait(timeout)

    @property
    def leash_pid(self) -> int:
        """The process id of the leash, the parent of the command."""
        assert self._leash is not None, "The process was not started."
        return self._leash.pid

    @property
    def running(self) -> bool:
        """True if the process is running."""
        return self._leash is not None and self._leash.poll() is None

    def log(self) -> str:
        """Return the output so far. Also works after `stop()`."""
        if self._log is None:
            return self._printed
        descriptor = self._log.fileno()  # pread() does not move the write position.
        content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        return content.decode("utf-8", "replace")

    def lines(self) -> Iterator[str]:
        """Yield the lines that a piped command prints, until the command ends."""
        assert self._leash is not None and self._leash.stdout is not None
        with self._leash.stdout as printed:
            for line in printed:
                yield line.decode("utf-8", "replace").rstrip("\n")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
