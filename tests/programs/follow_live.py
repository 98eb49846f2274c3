"""Follow a running workflow of the day in the working directory."""

import json

import follow
import workflows
from status import prepare

workflow = workflows.serial()
follow.SAVED = follow.SAVED.with_name("live.json")
follow.SAVED.write_text(json.dumps(prepare("w", workflow)))
result = workflow.apply_async()
follow.main()
result.get(timeout=30)
