"""Run a command for as long as its owner lives: `python leash.py GRACE COMMAND ...`.

The owner holds the other end of standard input. When that closes, because the owner
wants the command to end or because the owner itself has died, in whatever way, the
command gets SIGTERM and, GRACE seconds later, SIGKILL, with all of its children.

Exits as the command did: with its code, or 128 and the signal that ended it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading


def end_when_input_closes(command: subprocess.Popen[bytes], grace: float) -> None:
    """Wait for the end of standard input, then end the command."""
    sys.stdin.buffer.read()
    command.terminate()
    try:
        command.wait(grace)
    except subprocess.TimeoutExpired:
        os.killpg(command.pid, signal.SIGKILL)


def main() -> None:
    """Run the command line's command."""
    grace, *arguments = sys.argv[1:]
    command = subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, start_new_session=True
    )
    threading.Thread(
        target=end_when_input_closes, args=(command, float(grace)), daemon=True
    ).start()
    code = command.wait()
    with contextlib.suppress(ProcessLookupError):  # what a killed command left behind
        os.killpg(command.pid, signal.SIGKILL)
    # Not sys.exit(): the thread still sits in read(), which Python would wait for.
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
