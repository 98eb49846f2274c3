import json

import rich

import workflows
from follow import SAVED, table
from status import prepare, states

STEPS = ["div", "mul", "add", "sub"]
job_data = {"div": [4, 2], "mul": [3], "add": [6], "sub": [2]}

tasks, results = [], {}
for name, workflow in (
    ("from_data", workflows.from_data(STEPS, job_data)),
    ("named_serial", workflows.named_serial(job_data)),
    ("named_diamond", workflows.named_diamond(job_data)),
    ("stamped", workflows.stamped(["div", "mul"], job_data, "anna")),
):
    tasks += prepare(name, workflow)
    SAVED.write_text(json.dumps(tasks), encoding="utf-8")  # save before publishing
    results[name] = workflow.apply_async()
print("saved:", SAVED.name)

for name, result in results.items():
    print(name, "=", repr(result.get(timeout=30, propagate=False)))
rich.print(table(tasks, states(tasks)))

for steps, wrong in (
    (STEPS, {"div": [4, 2], "mul": [3], "add": [6]}),
    (["add", "mul"], {"add": [4], "mul": [3]}),
    (["add", "pow"], {"add": [4, 2], "pow": [3]}),
):
    try:
        workflows.from_data(steps, wrong)
    except ValueError as error:
        print("refused, nothing sent:", error)
