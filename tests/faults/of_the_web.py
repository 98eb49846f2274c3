"""Faults of the web server: killed at the worst moment."""

import signal

from tests.faults.fault import fault
from tests.faults.of_workers import kill_all
from tests.faults.stack import Stack
from tests.waiting import until


@fault(
    "the web server is killed when runs are written down and not sent",
    "their clients get no answer, the runs are sent by the rescue",
    unanswered=True,
)
def kill_web(stack: Stack) -> str:
    """Have it wait for a broker that says nothing, and kill it then."""
    unsent = (
        "SELECT id FROM workflows_run "
        "WHERE published_at IS NULL AND publish_error = '' AND watched"
    )
    stack.signal_broker(signal.SIGSTOP)
    try:
        found = until(lambda: stack.rows(unsent), 30, "runs are not sent")
        kill_all(stack, "web")
    finally:
        stack.signal_broker(signal.SIGCONT)
    stack.wait_until_ready()
    assert set(found) <= set(stack.rows(unsent)), "they were sent after all"
    return f"written down and not sent: {len(found)}"
