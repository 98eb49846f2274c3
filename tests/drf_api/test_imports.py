"""Imports go from the project through the applications to delivery and web."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.application import PROJECT

# The packages that each package may import.
ALLOWED = {
    "delivery": set(),
    "web": {"delivery"},
    "workflows": {"delivery", "web"},
    "jobs": {"delivery", "web"},
    "people": {"delivery", "web", "workflows"},
    "backups": set(),
    "monitor": {"delivery", "web", "workflows", "people"},
    "taskrunner": {"delivery", "web", "workflows", "jobs", "people", "monitor"},
}


def imports(path: Path) -> Iterator[str]:
    """Return the modules that a file imports, including imports inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> dict[str, Path]:
    """Return the application's files by module name."""
    found = {}
    for package in ALLOWED:
        for path in (PROJECT / package).rglob("*.py"):
            parts = path.relative_to(PROJECT).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_permitted_packages(package):
    for name, path in modules().items():
        if name.partition(".")[0] == package:
            used = {module.partition(".")[0] for module in imports(path)}
            assert used & ALLOWED.keys() <= {package, *ALLOWED[package]}, name


def test_the_rules_cover_every_package():
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    assert packages == ALLOWED.keys()


@pytest.mark.parametrize(
    ("package", "library"), [("delivery", "rest_framework"), ("web", "celery")]
)
def test_a_layer_does_not_import_the_library_of_another(package, library):
    for name, path in modules().items():
        if name.partition(".")[0] == package:
            assert library not in {used.partition(".")[0] for used in imports(path)}


def test_web_imports_only_the_errors_of_delivery():
    errors = {"delivery.errors"}
    for name, path in modules().items():
        if name.startswith("web"):
            used = {used for used in imports(path) if used.startswith("delivery")}
            assert all(used.startswith("delivery.errors") for used in used), name
    libraries = {used.partition(".")[0] for used in imports(modules()[errors.pop()])}
    assert libraries == {"sqlite3", "django"}


def test_there_is_no_cycle_of_imports():
    known = modules()
    graph = {
        name: {used for used in imports(path) if used in known and used != name}
        for name, path in known.items()
    }
    list(TopologicalSorter(graph).static_order())  # raises CycleError


def test_celery_py_has_ten_lines_and_one_call():
    lines = (PROJECT / "taskrunner" / "celery.py").read_text().splitlines()
    code = [line for line in lines if line and not line.startswith("#")]
    assert len(code) <= 10
    assert code[-1] == "install(app)"
