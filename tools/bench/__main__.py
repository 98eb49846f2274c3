"""Run a benchmark: `python -m tools.bench status|people|budget|scale [--postgresql]`.

With --postgresql, the benchmark starts a PostgreSQL server and uses it instead of
SQLite.
"""

import os
import sys
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import django

from tools.servers.postgresql import PostgreSQL

BENCHES = ["status", "people", "budget", "scale"]


def main(name: str = "", *options: str) -> None:
    """Run a benchmark with Django's options and the options of the benchmark."""
    if name not in BENCHES:
        sys.exit(f"Choose a benchmark: {', '.join(BENCHES)}.")
    sys.path.insert(0, str(Path(__file__).parents[2] / "drf_api"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskrunner.settings")
    with ExitStack() as blocks:
        if "--postgresql" in options:
            server = blocks.enter_context(PostgreSQL())
            os.environ["DATABASE_URL"] = server.url
        django.setup()
        module = import_module(f"tools.bench.{name}")  # imports the models
        others = [option for option in options if option != "--postgresql"]
        module.Command().run_from_argv(["tools.bench", name, *others])


if __name__ == "__main__":
    main(*sys.argv[1:])
