from taskrunner.celery import app  # send tasks by name, without importing them

unsteady = app.send_task("sum-at-the-third-try", args=[4, 2])
good = app.send_task("division-of-two-numbers", args=[4, 2])
bad = app.send_task("division-of-two-numbers", args=[4, 0])

print("division-of-two-numbers(4, 2) =", good.get(timeout=30))
print("division-of-two-numbers(4, 0):", repr(bad.get(timeout=30, propagate=False)))
print("sum-at-the-third-try(4, 2) =", unsteady.get(timeout=30))
