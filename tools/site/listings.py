"""Listings: named pieces of a Python file, and the differences between two days.

>>> print(listing("day1/taskrunner/tasks.py", ["add"]))
@app.task
def add(x, y):
    time.sleep(1)
    return x + y
"""

import ast
import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

from sprout import SproutError
from sprout.days import ROOT


class ListingError(SproutError):
    """The file or the piece does not exist."""


def pieces(path: Path) -> dict[str, str]:
    """Return the top-level pieces of a Python file by name, in file order.

    Functions, classes and methods (`Base.run`) have their own names. The name of an
    assignment is its first target. `imports` contains all imports, and `script` the
    other statements. A comment belongs to the next piece. Each piece ends with a
    newline.
    """
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    found: dict[str, list[str]] = {}
    end = 0
    for node in ast.parse(source).body:
        begin, previous = first_line(node), end
        while begin > previous and lines[begin - 1].startswith("#"):
            begin -= 1
        end = node.end_lineno or 0
        name = name_of(node)
        gap = lines[previous:begin] if name in found else []
        found.setdefault(name, []).extend([*gap, *lines[begin:end]])
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    own = lines[first_line(method) : method.end_lineno]
                    found[f"{name}.{method.name}"] = own
    return {name: "".join(part) for name, part in found.items()}


def first_line(node: ast.stmt) -> int:
    """Return the index of the first line of a statement or of its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)]) - 1


def name_of(node: ast.stmt) -> str:
    """Return the piece name of a top-level statement."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name
        case ast.Import() | ast.ImportFrom():
            return "imports"
        case (
            ast.Assign(targets=[ast.Name(id=name), *_])
            | ast.AnnAssign(target=ast.Name(id=name))
            | ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=name), *_])])
        ):
            return name
    return "script"


def listing(file: str, names: Sequence[str] = ()) -> str:
    """Return a file of the repository, or the named pieces of the file, for a page.

    Raises ListingError if the file or a piece is missing.
    """
    path = ROOT / file
    if not path.is_file():
        raise ListingError(f"There is no file {file}.")
    if not names:
        return path.read_text(encoding="utf-8").rstrip("\n")
    found = pieces(path)
    if missing := [name for name in names if name not in found]:
        there = ", ".join(found)
        raise ListingError(f"{file} has no {', '.join(missing)}; it has {there}.")
    text, before = "", ""
    for name in names:
        gap = "\n\n" if found[name].startswith(("def ", "class ", "@")) else "\n"
        if name.isupper() and before.isupper() and found[name].count("\n") == 1:
            gap = ""  # no empty line between two constants
        text += (gap if text else "") + found[name]
        before = name
    return text.rstrip("\n")


def sources(folder: Path) -> list[str]:
    """Return the relative paths of the Python files below a folder, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))


def changes(old: str, new: str) -> Iterable[tuple[str, str]]:
    """Yield the changed files of folder `new` with their diffs against folder `old`.

    A diff is the output of `diff -U 2` without the two lines of names and dates.
    """
    before, after = ROOT / old, ROOT / new
    for file in sorted({*sources(before), *sources(after)}):
        left, right = (
            path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            for path in (before / file, after / file)
        )
        diff = list(difflib.unified_diff(left, right, lineterm="", n=2))[2:]
        if diff:
            yield file, "\n".join(diff)
