"""Send the tasks of travel.py with a header and a stamp. Print the received values."""

import json
import time

from celery import chain, chord
from travel import app, body, first, following, retried

TASKS = ["first", "following", "child", "body", "retried"]

for workflow in (
    chain(first.s(), following.s()),
    chord([first.s()], body.s()),
    retried.s(),
):
    workflow.stamp(by_stamp="s")
    workflow.apply_async(headers={"by_header": "h"}).get(timeout=30)
redis = app.backend.client
deadline = time.monotonic() + 30
while not redis.llen("child"):
    assert time.monotonic() < deadline
    time.sleep(0.05)
got = {name: redis.lrange(name, 0, -1) for name in TASKS}
print(json.dumps({name: [item.decode() for item in got[name]] for name in got}))
