import json
import subprocess
import sys

import workflows
from follow import HERE, SAVED
from status import names

STEPS = ["div", "mul", "add", "sub"]
job_data = {"div": [4, 2], "mul": [3], "add": [6], "sub": [2]}

started, saved = {}, []
for name, workflow in (
    ("diamond", workflows.diamond({"add": [4, 2], "mul": [3], "div": [3]})),
    ("with_parameter", workflows.with_parameter(STEPS, job_data)),
    ("with_stamp", workflows.with_stamp(STEPS, job_data)),
):
    result = workflow.apply_async()
    started[name] = result
    saved.append(
        {
            "workflow": name,
            "names": names(workflow),
            "result": result.as_tuple(),  # every task's id, parents and children too
        }
    )
SAVED.write_text(json.dumps(saved, indent=2), encoding="utf-8")
print("saved:", SAVED.name, flush=True)  # before the follower prints

with subprocess.Popen([sys.executable, HERE / "follow.py"]):  # another process
    values = {
        name: result.get(timeout=30, propagate=False)
        for name, result in started.items()
    }
for name, value in values.items():
    print(f"{name} = {value!r}")

for steps, wrong in (
    (STEPS, {"div": [4, 2], "mul": [3], "add": [6]}),
    (["add", "mul"], {"add": [4], "mul": [3]}),
    (["add", "pow"], {"add": [4, 2], "pow": [3]}),
):
    try:
        workflows.with_stamp(steps, wrong)
    except ValueError as error:
        print("refused, nothing sent:", error)
