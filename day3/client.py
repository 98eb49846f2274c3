from taskrunner.detector import find_tasks
from taskrunner.tasks.bar.task2 import mul
from taskrunner.tasks.bar.task3 import div
from taskrunner.tasks.foo.task1 import add, sub

print("found:", *find_tasks(), sep="\n  ")

results = {task.name: task.delay(4, 2) for task in (add, sub, mul, div)}
for name, result in results.items():
    print(f"{name}(4, 2) =", result.get(timeout=30))
