import json

import rich

import workflows
from follow import SAVED, table
from status import prepare, states

tasks, results = [], {}
for build in (
    workflows.diamond,
    workflows.serial,
    workflows.parallel,
    workflows.broken,
):
    name, workflow = build.__name__, build()
    tasks += prepare(name, workflow)
    SAVED.write_text(json.dumps(tasks), encoding="utf-8")  # save before publishing
    results[name] = workflow.apply_async()
print("saved:", SAVED.name)

for name, result in results.items():
    print(name, "=", repr(result.get(timeout=30, propagate=False)))
rich.print(table(tasks, states(tasks)))
