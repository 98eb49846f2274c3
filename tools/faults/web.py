"""A web server fault: the server is killed between the commit and the publish."""

import signal

from tools.faults.fault import fault
from tools.faults.stack import Stack
from tools.faults.workers import kill_all
from tools.waiting import until


@fault(
    "the web server is killed after it stores runs and before it sends them",
    "the clients get no response, and the search for lost messages sends the runs",
    refused=True,
    unanswered=True,
)
def kill_web(stack: Stack) -> str:
    """Make the web server wait for a silent broker, and kill both.

    The messages that the web server was publishing are lost.
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
    return f"runs that were stored and not sent: {len(found)}"
