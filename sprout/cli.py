"""The entry point of the command `sprout`.

Ctrl-C during the imports, which take almost a second, has the same output and exit code
as a later Ctrl-C.
"""

import os
import signal
from typing import NoReturn

ABORTED = "\nAborted!\n"
CODE = 128 + signal.SIGINT  # the exit code after Ctrl-C


def main() -> None:
    """Import the commands and run the requested command."""
    before = signal.getsignal(signal.SIGINT)
    # Leave SIGINT ignored if a script started the command with `&`.
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, abort)
    from sprout.commands import commands

    signal.signal(signal.SIGINT, before)
    commands(prog_name="sprout")


def abort(*_: object) -> NoReturn:
    """Exit immediately, because no child process is running yet."""
    os.write(2, ABORTED.encode())
    os._exit(CODE)
