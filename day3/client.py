from taskrunner.detector import find_tasks
from taskrunner.tasks.addition.sums import add, sub
from taskrunner.tasks.multiplication.products import mul
from taskrunner.tasks.multiplication.quotients import div

print("found:", *find_tasks(), sep="\n  ")

results = {task.name: task.delay(4, 2) for task in (add, sub, mul, div)}
for name, result in results.items():
    print(f"{name}(4, 2) =", result.get(timeout=30))
