"""The core of the application has at most 500 lines."""

import ast
import io
import re
import tokenize
from pathlib import Path

from tests.support.application import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")
# The modules to read, in the order of drf_api/README.md.
READING = ["testcases", "tasks", "operations", "models", "runs", "api"]
# The other modules of the core.
MORE = ["states", "serializers", "filters", "urls"]
LIMIT = 500
ROUNDED = 20  # tolerance for the README's count


def path(module: str) -> Path:
    return PROJECT / "workflows" / f"{module}.py"


def lines(module: str) -> int:
    return len(path(module).read_text(encoding="utf-8").splitlines())


def lines_of_code(module: str) -> int:
    """Return the number of lines, excluding blank lines, comments and docstrings."""
    source = path(module).read_text(encoding="utf-8")
    skipped = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    code = {
        number
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in skipped
        for number in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            first = node.body[0] if node.body else None
            if ast.get_docstring(node) is not None and first:
                code -= set(range(first.lineno, (first.end_lineno or 0) + 1))
    return len(code)


def test_the_core_has_at_most_500_lines():
    counts = {name: (lines(name), lines_of_code(name)) for name in [*READING, *MORE]}
    for name, (every, code) in counts.items():
        print(f"workflows/{name}.py: {every} lines, {code} of code")
    reading = sum(counts[name][0] for name in READING)
    code = sum(of_code for _, of_code in counts.values())
    print(f"read in order: {reading} lines; with {', '.join(MORE)}: {code} of code")
    assert reading <= LIMIT
    assert code <= LIMIT
    stated = re.search(r"about (\d+) lines in all", README)
    assert abs(int(stated[1]) - reading) <= ROUNDED


def test_the_readme_lists_the_files_in_this_order():
    listed = re.findall(r"^\d\. \[.*?\]\(workflows/(\w+)\.py\)", README, re.MULTILINE)
    assert listed == READING


def test_every_module_is_core_or_listed_in_the_readme():
    modules = {each.stem for each in (PROJECT / "workflows").glob("*.py")}
    beside = modules - {*READING, *MORE, "__init__", "apps", "admin"}
    named = set(re.findall(r"\(workflows/(\w+)\.py\)", README))
    assert beside <= named
