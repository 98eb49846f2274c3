"""Follow a workflow of the day in this folder while it runs."""

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
