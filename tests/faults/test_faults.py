"""The short form of `make faults`: one stack, a few faults, a little load."""

import pytest

from tests.faults.faults import FAULTS
from tests.faults.run import broken, run
from tests.faults.stack import Stack

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def stack():
    """The application, whose broker takes a worker for dead after a few seconds."""
    with Stack(
        "redis", VISIBILITY_TIMEOUT="6", TASK_TIME_LIMIT="5", STEP_SECONDS="0.1"
    ) as stack:
        for program in ("camera", "flower"):  # nothing here looks at them
            stack.supervisor.stopProcess(program)
        yield stack


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if fault.quick],
    ids=lambda fault: fault.inject.__name__,
)
def test_it_keeps_its_promise(stack, fault):
    # Longer than it takes until what a broker lost is sent again: see STUCK_AFTER.
    row = run(stack, fault, seconds=1.5, patience=150)
    assert broken(row, fault) == [], row
