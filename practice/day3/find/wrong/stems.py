"""The names do not start with the name of the package."""

from pathlib import Path

from celery import Celery

import store

PACKAGE = Path(store.__file__).parent


def find_tasks() -> list[str]:
    modules = []
    for path in (PACKAGE / "tasks").rglob("*.py"):
        if path.name != "__init__.py":
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            modules.append(path.stem)
    return sorted(modules)


app = Celery(
    "store",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=find_tasks(),
)
