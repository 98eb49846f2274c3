"""Run a command that ends with its owner: `python leash.py GRACE COMMAND ...`.

The owner holds the write end of the leash's standard input. The input closes when the
owner stops the command or dies. When the input closes, or on SIGTERM, the leash sends
SIGTERM to the command and, GRACE seconds later, SIGKILL. When the command has ended,
the leash kills the rest of the process group immediately.

The exit code is that of the command, or 128 plus the number of the fatal signal.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time


def main() -> None:
    """Run the command in sys.argv."""
    grace, *arguments = sys.argv[1:]
    # Background commands (`&`) of a shell and their child processes ignore SIGINT.
    # Restore the default, so that Ctrl-C interrupts the command.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Install the handler before the command starts. Otherwise an early SIGTERM would
    # end only the leash.
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    command = subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, start_new_session=True
    )

    def wait_for_end_of_input() -> None:
        sys.stdin.buffer.read()
        asked.set()

    def end_when_asked() -> None:
        asked.wait()
        command.terminate()
        try:
            command.wait(float(grace))
        except subprocess.TimeoutExpired:
            command.kill()  # The code below kills the children of the command.

    threading.Thread(target=wait_for_end_of_input, daemon=True).start()
    threading.Thread(target=end_when_asked, daemon=True).start()
    code = command.wait()
    # Kill the process group until it is empty or contains only zombies. For zombies,
    # macOS raises EPERM.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            os.killpg(command.pid, signal.SIGKILL)
            time.sleep(0.01)
    # With sys.exit(), Python would abort, because a thread still reads stdin.
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
