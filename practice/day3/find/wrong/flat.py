"""A module in a subfolder is missing."""

from pathlib import Path

from celery import Celery

import store

PACKAGE = Path(store.__file__).parent


def find_tasks() -> list[str]:
    modules = []
    for path in (PACKAGE / "tasks").glob("*.py"):
        if path.name != "__init__.py":
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            modules.append(".".join(parts))
    return sorted(modules)


app = Celery(
    "store",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=find_tasks(),
)
