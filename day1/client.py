import time

from celery.states import READY_STATES

from taskrunner.tasks import add

print("add(1, 2) =", add(1, 2), "(a plain call, in this process)")

result = add.apply_async((2, 2), countdown=1)  # start after one second
seen = [result.state]
while seen[-1] not in READY_STATES:
    time.sleep(0.1)
    if (state := result.state) != seen[-1]:
        seen.append(state)
print("states:", ", ".join(seen))
print("add(2, 2) =", result.get())

failed = add.delay(2, "two")
try:
    failed.get(timeout=30)
except TypeError as error:
    print("get() raises TypeError:", error)

print("get(propagate=False) returns", repr(failed.get(propagate=False)))
print("successful:", failed.successful(), "state:", failed.state)
print("the worker's traceback ends:", failed.traceback.splitlines()[-1])
