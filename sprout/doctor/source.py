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
    """Yield the functions with a task decorator."""
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
    """Yield the line numbers where a task sends another task and gets its result."""
    for function in task_functions(tree):
        for node in ast.walk(function):
            match node:
                case ast.Attribute(attr="get", value=value) if is_sending(value):
                    yield node.lineno


def too_early(tree: ast.Module) -> Iterator[int]:
    """Yield the line numbers of tasks sent inside `with transaction.atomic()`."""
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


NOT_JSON = {"set", "frozenset", "complex", "Path"}
NUMBER_KEYS = re.compile(r"(dict|Dict|Mapping)\[(int|float)\b")


def not_json(tree: ast.Module) -> Iterator[int]:
    """Yield the line numbers of NOT_JSON values in arguments and results."""
    for node in passed(tree):
        name = node.func if isinstance(node, ast.Call) else None
        literal = isinstance(node, ast.Set | ast.SetComp)
        if literal or (isinstance(name, ast.Name) and name.id in NOT_JSON):
            yield node.lineno
    for annotation in annotations(tree):
        if re.match(r"\w+", ast.unparse(annotation))[0] in NOT_JSON:  # type: ignore[index]
            yield annotation.lineno


def number_keys(tree: ast.Module) -> Iterator[int]:
    """Yield the line numbers of dicts with numeric keys in arguments and results."""
    for node in passed(tree):
        match node:
            case ast.Dict(keys=[ast.Constant(value=int() | float()), *_]):
                yield node.lineno
    for annotation in annotations(tree):
        if NUMBER_KEYS.match(ast.unparse(annotation)):
            yield annotation.lineno


def passed(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the expressions that become JSON: arguments of task calls, and results.

    Also yields the items of lists and tuples, and the values of dicts.
    """
    pending: list[ast.expr] = []
    for node in ast.walk(tree):
        if is_sending(node):
            pending += node.args
    for function in task_functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value:
                pending.append(node.value)
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, ast.List | ast.Tuple):
            pending += node.elts
        elif isinstance(node, ast.Dict):
            pending += node.values


def annotations(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield the annotations of the arguments and results of tasks.

    Skips tasks with `pydantic=True`, which convert their arguments and results.
    """
    for function in task_functions(tree):
        if any("pydantic" in ast.unparse(each) for each in function.decorator_list):
            continue
        arguments = function.args
        for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            if each.annotation:
                yield each.annotation
        if function.returns:
            yield function.returns


def short_groups(tree: ast.Module) -> Iterator[int]:
    """Yield the line numbers of chains that continue after a group of unknown size."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "chain":
            for each in node.args[:-1]:
                match each:
                    case ast.Call(
                        func=ast.Name(id="group"),
                        args=[ast.GeneratorExp() | ast.ListComp()],
                    ):
                        yield each.lineno
