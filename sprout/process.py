"""A process that runs in the background and cannot outlive its owner.

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
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from sprout import leash

SCRIPTS = Path(sysconfig.get_path("scripts"))


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment with the venv's commands first on PATH."""
    path = os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, **(extra or {})}


class Process:
    """A command, started by `with` or `start()` and ended by the block's end.

    It runs in a session of its own, so that Ctrl-C in the terminal reaches only the
    owner, which then ends it in order. Should the owner be killed, it ends as well:
    see `sprout.leash`.

    Arguments:
        command: the program, looked up on the PATH of `environment()`, and its
            arguments.
        cwd: the folder to run it in; by default the owner's.
        env: variables to add to the owner's environment.
        output: a file for standard output and error, or subprocess.PIPE; by
            default the owner's own.
        grace: how many seconds it has between SIGTERM and SIGKILL.

    `start()` raises OSError if the folder is not there.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        output: IO[bytes] | int | None = None,
        grace: float = 5.0,
    ) -> None:
        self.command = [str(part) for part in command]
        self.cwd = cwd
        self.env = environment(env)
        self.output = output
        self.grace = grace
        self._leash: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and return at once."""
        self._leash = subprocess.Popen(
            [sys.executable, "-ISu", leash.__file__, str(self.grace), *self.command],
            cwd=self.cwd,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=self.output,
            stderr=subprocess.STDOUT if self.output is not None else None,
            start_new_session=True,
        )
        return self

    def stop(self) -> None:
        """End it and wait until it and its children are gone; it may have ended."""
        if self._leash is None:
            return
        if self._leash.stdin is not None:
            self._leash.stdin.close()
        self._leash.wait(self.grace + 30)
        if self._leash.stdout is not None:
            self._leash.stdout.close()

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends and return its exit code.

        Raises subprocess.TimeoutExpired after `timeout` seconds.
        """
        assert self._leash is not None, "not started"
        return self._leash.wait(timeout)

    @property
    def running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._leash is not None and self._leash.poll() is None

    @property
    def stdout(self) -> IO[bytes]:
        """What it prints, when started with output=subprocess.PIPE."""
        assert self._leash is not None and self._leash.stdout is not None
        return self._leash.stdout

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
