import os

import pytest

from orders.tasks import mail_receipt, process_id
from shop import app


@pytest.fixture(autouse=True)
def eager():
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def test_delay_runs_the_task_in_this_process():
    assert process_id.delay().get() == os.getpid()


def test_the_state_is_not_stored():
    result = process_id.delay()
    assert result.state == "SUCCESS"
    with pytest.warns(RuntimeWarning, match="not stored"):
        assert app.AsyncResult(result.id).state == "PENDING"


def test_a_failure_does_not_raise(db):
    assert mail_receipt.delay(404).state == "FAILURE"
