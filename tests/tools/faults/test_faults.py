"""A short version of `make faults`, with only the quick faults."""

import pytest

from tools.faults.faults import FAULTS
from tools.faults.run import broken, run
from tools.faults.stack import Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack():
    """Start the application with short time limits, so that it recovers in seconds."""
    short = {"TASK_TIME_LIMIT": "20", "VISIBILITY_TIMEOUT": "21"}
    short |= {"RESCUE_EVERY": "2", "STUCK_AFTER": "5"}
    with Stack("redis", STEP_SECONDS="0.1", **short) as stack:
        for program in ("camera", "flower"):  # the tests need neither program
            stack.supervisor.stopProcess(program)
        yield stack


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if fault.quick],
    ids=lambda fault: fault.inject.__name__,
)
def test_the_application_keeps_its_promise(stack, fault):
    if reason := fault.lacks():
        pytest.skip(reason)
    row = run(stack, fault, seconds=1.5, patience=60)
    assert broken(row, fault) == [], row
