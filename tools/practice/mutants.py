"""Mutants of a solution, each with one small change to a line that solves the exercise.

The check of the exercise should reject every mutant.
"""

import ast
import copy
import difflib
from collections.abc import Callable, Iterator

from sprout.practice.exercises import Exercise

SWAPS = {
    "s": "si", "si": "s", "delay": "run", "chain": "group", "group": "chain",
    "successful": "failed", "failed": "successful", "state": "result",
    "result": "state", "sorted": "list",
}  # fmt: skip
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt,
    ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
DELETED = (ast.Expr, ast.Return, ast.Assign, ast.AugAssign, ast.Raise, ast.If)


def mutants(exercise: Exercise) -> list[str]:
    """Return the source code of all mutants of an exercise's solution, in order."""
    tree = ast.parse(exercise.solution)
    lines = changed_lines(exercise)
    nodes = list(ast.walk(tree))
    first = set(leading(tree))
    raised = [node for node in nodes if isinstance(node, ast.Raise)]
    messages = {part for node in raised for part in ast.walk(node)} - set(raised)
    found: dict[str, None] = {}
    for number, node in enumerate(nodes):
        if node in first and isinstance(node, ast.Attribute) and node.attr == "s":
            continue  # The first step receives no result, so .si() has the same effect.
        for line, change in changes(node):
            if line not in lines or node in messages:
                continue
            mutant = copy.deepcopy(tree)
            change(list(ast.walk(mutant))[number], mutant)
            text = ast.unparse(ast.fix_missing_locations(mutant))
            found.setdefault(text)
    found.pop(ast.unparse(tree), None)
    return list(found)


def leading(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of signatures that start a workflow."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="chain"), args=[first, *_]):
                first = first.elts[0] if isinstance(first, ast.List) else first
                yield from ast.walk(first)
            case ast.Call(func=ast.Name(id="group"), args=members):
                for member in members:
                    yield from ast.walk(member)
            case ast.BinOp(op=ast.BitOr(), left=first):
                yield from ast.walk(first)


def changed_lines(exercise: Exercise) -> set[int]:
    """Return the numbers of the solution's lines that differ from the exercise."""
    given = exercise.unsolved.splitlines()
    solved = exercise.solution.splitlines()
    docstring = ast.parse(exercise.solution).body[0].end_lineno or 0
    matcher = difflib.SequenceMatcher(a=given, b=solved, autojunk=False)
    return {
        line + 1
        for tag, _, _, begin, end in matcher.get_opcodes()
        if tag != "equal"
        for line in range(begin, end)
        if line >= docstring
    }


Change = Callable[[ast.AST, ast.AST], None]


def changes(node: ast.AST) -> Iterator[tuple[int, Change]]:
    """Yield the possible changes of a node, each with its line number.

    A change is a function that modifies a node in a copy of the tree.
    """
    line = getattr(node, "lineno", 0)
    match node:
        case ast.Constant(value=bool() as value):
            yield line, _set("value", not value)
        case ast.Constant(value=int() | float() as number):
            yield line, _set("value", number + 1)
        case ast.Constant(value=str() as text):
            yield line, _set("value", text + "x")
        case ast.Attribute(attr=name) if name in SWAPS:
            yield line, _set("attr", SWAPS[name])
        case ast.Name(id=name) if name in SWAPS:
            yield line, _set("id", SWAPS[name])
        case ast.Call(args=arguments, keywords=keywords):
            for place, keyword in enumerate(keywords):
                yield keyword.lineno, _drop("keywords", place)
            if arguments:
                yield arguments[-1].lineno, _drop("args", len(arguments) - 1)
        case ast.Compare(ops=[operator, *_]) if type(operator) in COMPARISONS:
            yield line, _set("ops", [COMPARISONS[type(operator)](), *node.ops[1:]])
        case ast.UnaryOp(op=ast.Not()):
            yield line, _drop_not
        case ast.If(test=test):
            yield line, _set("test", ast.UnaryOp(ast.Not(), test))
        case ast.FunctionDef(decorator_list=[decorator, *_]):
            yield decorator.lineno, _drop("decorator_list", 0)
    if isinstance(node, DELETED):
        yield line, _delete


def _set(field: str, value: object) -> Change:
    return lambda node, tree: setattr(node, field, copy.deepcopy(value))


def _drop(field: str, place: int) -> Change:
    return lambda node, tree: getattr(node, field).pop(place)


def _replace(node: ast.AST, new: ast.AST, tree: ast.AST) -> None:
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, field, new)
            elif isinstance(value, list) and node in value:
                value[value.index(node)] = new


def _drop_not(node: ast.AST, tree: ast.AST) -> None:
    assert isinstance(node, ast.UnaryOp)
    _replace(node, node.operand, tree)


def _delete(node: ast.AST, tree: ast.AST) -> None:
    _replace(node, ast.Pass(), tree)
