"""A short version of `make faults`: one stack, four faults, a small load, short limits.

`make faults` also runs the rare faults and the faults that take minutes.
"""

import pytest

from tools.faults.faults import FAULTS
from tools.faults.run import broken, run
from tools.faults.stack import Stack

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack():
    """The application with short time limits, so that it recovers within seconds."""
    short = {"TASK_TIME_LIMIT": "20", "VISIBILITY_TIMEOUT": "21"}
    short |= {"RESCUE_EVERY": "2", "STUCK_AFTER": "5"}
    with Stack("redis", STEP_SECONDS="0.1", **short) as stack:
        for program in ("camera", "flower"):  # The tests need neither program.
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
