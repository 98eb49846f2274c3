"""The entry point of the command `sprout`.

The imports of the commands take most of a second. Ctrl-C during the imports ends the
command with the same line and exit code as Ctrl-C later.
"""

import os
import signal
from typing import NoReturn

ABORTED = "\nAborted!\n"
CODE = 128 + signal.SIGINT  # the exit code after Ctrl-C


def main() -> None:
    """Import the commands, and run the command that was typed."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # nohup and `&` may ignore Ctrl-C
        signal.signal(signal.SIGINT, abort)
    from sprout.commands import commands

    signal.signal(signal.SIGINT, before)
    commands(prog_name="sprout")


def abort(*_: object) -> NoReturn:
    """Exit immediately. No child process is running yet."""
    os.write(2, ABORTED.encode())
    os._exit(CODE)
