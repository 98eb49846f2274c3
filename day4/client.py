import workflows
from taskrunner.tasks.addition.sums import add

for build in (workflows.serial, workflows.parallel, workflows.diamond):
    canvas = build()
    print(f"{build.__name__}: {canvas}")
    print("  =", canvas.apply_async().get(timeout=30))

canvas = workflows.independent()
print(f"independent: {canvas}")
print("  =", canvas().get(timeout=30), "(a workflow called: sent all the same)")

signature = add.s(4, 2)
print(f"one task: {signature}")
print("  =", signature(), "(one signature called: run here, by the client)")
