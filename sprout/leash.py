"""Run a command for as long as its owner lives: `python leash.py GRACE COMMAND ...`.

The owner holds the other end of standard input, which closes when the owner stops the
command or dies. Then, or on SIGTERM, the leash sends the command SIGTERM and, GRACE
seconds later, SIGKILL. When the command has ended, the rest of its process group gets
SIGKILL at once.

Exits with the command's exit code, or 128 plus the signal that ended it.
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
    # A shell has what it starts with `&` ignore Ctrl-C, and child processes inherit
    # that. Restore the default, so that Ctrl-C interrupts the command.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Install the handler first: otherwise the command could outlive the leash.
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
            command.kill()  # and then its children, below

    threading.Thread(target=wait_for_end_of_input, daemon=True).start()
    threading.Thread(target=end_when_asked, daemon=True).start()
    code = command.wait()
    # Kill the children of a killed command until they are gone or are zombies of
    # another process. macOS raises EPERM if there are none.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            os.killpg(command.pid, signal.SIGKILL)
            time.sleep(0.01)
    # Not sys.exit(): Python would wait for the thread in read().
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
