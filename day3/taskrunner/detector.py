from pathlib import Path

PACKAGE = Path(__file__).parent


def find_tasks(package: Path = PACKAGE) -> list[str]:
    """Return the dotted names of the modules under package/tasks, sorted.

    Modules are .py files, except __init__.py and names that begin with a dot.
    Raises RuntimeError if there are no modules, because a worker would otherwise start
    without tasks and without a warning.
    """
    modules = []
    for path in (package / "tasks").rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and path.name != "__init__.py" and not hidden:
            modules.append(".".join(parts))
    if not modules:
        raise RuntimeError(f"no task modules (*.py) under {package / 'tasks'}")
    return sorted(modules)
