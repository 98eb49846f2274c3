"""Run a benchmark: `python -m tools.bench status|people|budget|scale`."""

import os
import sys
from pathlib import Path

import django
from django.core.management.base import BaseCommand

sys.path.insert(0, str(Path(__file__).parents[2] / "drf_api"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskrunner.settings")
django.setup()

from tools.bench import budget, people, scale, status  # noqa: E402, needs the models

BENCHES: dict[str, type[BaseCommand]] = {
    "status": status.Command,
    "people": people.Command,
    "budget": budget.Command,
    "scale": scale.Command,
}

if __name__ == "__main__":
    name, *arguments = sys.argv[1:] or [""]
    if name not in BENCHES:
        sys.exit(f"Choose a benchmark: {', '.join(BENCHES)}.")
    BENCHES[name]().run_from_argv(["tools.bench", name, *arguments])
