import json
import subprocess
import sys

import workflows
from follow import HERE, SAVED
from status import names

started, saved = {}, []
for build in (
    workflows.diamond,
    workflows.serial,
    workflows.parallel,
    workflows.broken,
):
    workflow = build()
    result = workflow.apply_async()
    started[build.__name__] = result
    saved.append(
        {
            "workflow": build.__name__,
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
