from pathlib import Path

PACKAGE = Path(__file__).parent


def find_tasks(package: Path = PACKAGE) -> list[str]:
    """Return the dotted names of the modules under package/tasks, sorted.

    Raises RuntimeError when there are none: a worker without tasks would start
    as if all were well.
    """
    modules = set()
    for path in (package / "tasks").rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if path.is_file() and not any(part.startswith(".") for part in parts):
            modules.add(".".join(parts))
    if not modules:
        raise RuntimeError(f"no task modules (*.py) under {package / 'tasks'}")
    return sorted(modules)
