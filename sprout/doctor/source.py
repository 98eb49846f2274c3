"""Find faults in the source code of tasks without running the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard


def parse(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def task_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield the functions that are decorated as tasks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                name = ast.unparse(decorator).partition("(")[0]
                if re.search(r"(^|\.)(task|shared_task)$", name):
                    yield node  # type: ignore[misc]


def is_sending(node: ast.AST) -> TypeGuard[ast.Call]:
    """Return True if a node is a call of delay() or apply_async()."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("delay", "apply_async")
    )


def waits(tree: ast.Module) -> Iterator[int]:
    """Yield the lines in which a task sends another task and calls get()."""
    for function in task_functions(tree):
        for node in ast.walk(function):
            match node:
                case ast.Attribute(attr="get", value=value) if is_sending(value):
                    yield node.lineno


def too_early(tree: ast.Module) -> Iterator[int]:
    """Yield the lines that send a task inside `with transaction.atomic()`."""
    pending: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.With):
            contexts = [ast.unparse(item.context_expr) for item in node.items]
            if any("atomic" in context for context in contexts):
                pending += node.body
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Lambda | ast.FunctionDef):
            continue  # A nested function runs later, perhaps after the commit.
        if is_sending(node):
            yield node.lineno
        pending += ast.iter_child_nodes(node)
