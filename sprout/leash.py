"""Run a command for as long as its owner lives: `python leash.py GRACE COMMAND ...`.

The owner holds the other end of standard input. When that closes, because the owner
wants the command to end or because the owner itself has died, in whatever way, or when
the leash gets SIGTERM, the command gets SIGTERM and, GRACE seconds later, SIGKILL. When
it has ended, in whatever way, what is left of its process group gets SIGKILL at once.

Exits as the command did: with its code, or 128 and the signal that ended it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time


def main() -> None:
    """Run the command line's command."""
    grace, *arguments = sys.argv[1:]
    # A shell has what it starts with `&` ignore Ctrl-C, and who ignores it hands that
    # on; this command can be interrupted all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Before there is a command: it would outlive a leash that is ended in between.
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
    # What a killed command left behind, until it is gone, or has become a zombie that
    # somebody else must bury; macOS says EPERM when there is nothing.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            os.killpg(command.pid, signal.SIGKILL)
            time.sleep(0.01)
    # Not sys.exit(): a thread still sits in read(), which Python would wait for.
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
