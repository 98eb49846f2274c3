import workflows
from taskrunner.tasks.addition.sums import add

for build in (workflows.serial, workflows.parallel, workflows.diamond):
    canvas = build()
    print(f"{build.__name__}: {canvas}")
    print("  =", canvas.apply_async().get(timeout=30))

canvas = workflows.independent()
print(f"independent: {canvas}")
print("  =", canvas().get(timeout=30), "(calling a workflow publishes its tasks)")

signature = add.s(4, 2)
print(f"one task: {signature}")
print("  =", signature(), "(calling a signature runs its task in the client)")
