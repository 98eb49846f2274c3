from celery.exceptions import NotRegistered

from taskrunner.products import mul
from taskrunner.quotients import div
from taskrunner.sums import add, sub

print("add(4, 2) =", add.delay(4, 2).get(timeout=30))
print("sub(4, 2) =", sub.delay(4, 2).get(timeout=30))
print("mul(4, 2) =", mul.delay(4, 2).get(timeout=30))

forgotten = div.delay(4, 2)  # not registered, because quotients is not included
try:
    forgotten.get(timeout=30)
except NotRegistered as error:
    print("div(4, 2): NotRegistered,", error, "state:", forgotten.state)
