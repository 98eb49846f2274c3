"""Faults of the web server: killed at the worst moment."""

import signal

from tools.faults.fault import fault
from tools.faults.stack import Stack
from tools.faults.workers import kill_all
from tools.waiting import until


@fault(
    "the web server is killed after it stores runs and before it sends them",
    "the clients get no answer, and the search for lost messages sends the runs",
    refused=True,
    unanswered=True,
)
def kill_web(stack: Stack) -> str:
    """Have it wait for a broker that says nothing, then kill both.

    What was on its way to the broker is gone with it.
    """
    unsent = (
        "SELECT id FROM workflows_run "
        "WHERE published_at IS NULL AND publish_error = '' AND ended_as = ''"
    )
    stack.signal_broker(signal.SIGSTOP)
    try:
        until(lambda: stack.rows(unsent), 30, "a run is not sent")
        kill_all(stack, "web")
        found = stack.rows(unsent)
    except BaseException:
        stack.signal_broker(signal.SIGCONT)
        raise
    stack.kill_broker()
    stack.start_broker()
    stack.wait_until_ready()
    assert found
    return f"written down and not sent: {len(found)}"
