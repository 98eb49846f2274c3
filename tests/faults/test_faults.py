"""The short form of `make faults`: one stack, four faults, a little load, fast clocks.

What it leaves out, because it takes minutes or is rare, `make faults` does.
"""

import pytest

from tests.faults.faults import FAULTS
from tests.faults.run import broken, run
from tests.faults.stack import Stack, kill

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def stack():
    """The application, which takes a worker for dead after a few seconds."""
    short = {"TASK_TIME_LIMIT": "9", "VISIBILITY_TIMEOUT": "10", "STUCK_AFTER": "5"}
    with Stack("redis", STEP_SECONDS="0.1", **short) as stack:
        for program in ("camera", "flower"):  # nothing here looks at them
            stack.supervisor.stopProcess(program)
        # STUCK_AFTER must be longer than what the rescue's message is good for.
        stack.rows("UPDATE django_celery_beat_intervalschedule SET every = 2")
        stack.rows("UPDATE django_celery_beat_periodictask SET expire_seconds = 2")
        kill(stack.process("beat"))  # so that it reads them anew
        yield stack


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if fault.quick],
    ids=lambda fault: fault.inject.__name__,
)
def test_it_keeps_its_promise(stack, fault):
    if reason := fault.lacks():
        pytest.skip(reason)
    row = run(stack, fault, seconds=1.5, patience=60)
    assert broken(row, fault) == [], row
