"""Headers and stamps reach only the tasks with a "yes" in the recipe's table."""

import json
import subprocess
import sys

import pytest

from sprout.days import ROOT
from sprout.process import environment
from tests.support.recipes import worker

SUPPORT = ROOT / "tests" / "support"


@pytest.mark.stack
def test_a_header_and_a_stamp_reach_the_tasks_of_the_table(redis):
    urls = {
        "CELERY_BROKER_URL": redis.url(9),
        "CELERY_RESULT_BACKEND": redis.url(9),
    }
    with worker("travel", SUPPORT, urls):
        client = subprocess.run(
            [sys.executable, SUPPORT / "travel_client.py"],
            cwd=SUPPORT,
            env=environment(urls),
            check=True,
            capture_output=True,
            text=True,
        )
    assert json.loads(client.stdout) == {
        "first": ["h s", "h s"],
        "following": ["- s"],
        "child": ["- -"],
        "body": ["h -"],
        "retried": ["h s", "h s"],
    }
