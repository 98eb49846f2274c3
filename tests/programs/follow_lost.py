"""Follow a task that was never sent, or request its state from Flower at argv[1]."""

import json
import sys

import follow

follow.SAVED = follow.SAVED.with_name("lost.json")
lost = {"workflow": "w", "task": "t", "id": "lost", "waits_for": []}
follow.SAVED.write_text(json.dumps([lost]))
if len(sys.argv) > 1:
    import via_flower  # noqa: F401
else:
    follow.main(seconds=0.5)
