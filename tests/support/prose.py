"""The sentences that people read: in pages, notebooks, templates and code.

`read()` finds the text in a file, and `sentences()` splits text into sentences.
"""

import ast
import html
import inspect
import io
import json
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sprout.days import ROOT
from sprout.process import environment

# Recorded output, generated text, data and third-party files.
NOT_OURS = re.compile(
    r"docs/(transcripts|generated|symptoms|pictures|assets/(screens|run/lib))/"
    r"|requirements/|/migrations/|LICENSE|package-lock|\.min\.|vendor/|htmx"
    r"|tests/sprout/doctor/.*\.toml|tests/docs/(words|names)\.txt|practice/.*/wrong/"
    r"|recipes/start_django/(manage|shop/(settings|urls|wsgi|asgi))\.py"
)
# The arguments of these functions are messages, like the arguments of exceptions.
SPEAKERS = {"exit", "fail", "skip", "error", "warning", "critical", "Error", "Warning"}


class Text(NamedTuple):
    """A paragraph, a heading, a table cell, a comment, a docstring or a message."""

    path: str
    line: int
    kind: str
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words}"


def files() -> list[str]:
    """Return the names of the files that the prose tests check."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [
        name
        for name in listed
        if reader(name) and not NOT_OURS.search(name) and (ROOT / name).is_file()
    ]


def reader(name: str):
    """Return the function that reads this type of file, or None for other types."""
    return READERS.get(Path(name).suffix) or READERS.get(Path(name).name)


def read(name: str) -> Iterator[Text]:
    """Yield the text in one file."""
    source = (ROOT / name).read_text(encoding="utf-8")
    for line, kind, words in reader(name)(source):
        if words := plain(words):
            yield Text(name, line, kind, words)


def plain(text: str) -> str:
    """Return Markdown or reST as words on one line. Code becomes a single word."""
    text = re.sub(r"``(.+?)``|`([^`]+)`", "`code`", text, flags=re.DOTALL)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"https?://\S+|\{[.#][^}]*\}", "", text)
    return re.sub(r"\s+", " ", text.replace("*", "")).strip()


def sentences(text: str) -> list[str]:
    """Split text after a full stop, a question mark or an exclamation mark."""
    return re.split(r"(?<=[^.\s][.!?])[)\"']?\s+(?=[\"'(`]*[A-Z`])", text)


def count(sentence: str) -> int:
    """Return the number of words in a sentence."""
    return len(re.findall(r"[\w`][\w'./:=@-]*", sentence))


Found = Iterator[tuple[int, str, str]]


def markdown(source: str, kind: str = "page") -> Found:
    """Yield the paragraphs, headings, items and cells of a page."""
    source = re.sub(r"(?s)\A---\n.*?\n---\n", blank, source)
    source = re.sub(r"(?ms)^ *(```+|~~~+).*?^ *\1[ \t]*$", blank, source)
    source = re.sub(r"(?s)<!--.*?-->", blank, source)
    start, gathered = 0, []
    for number, line in enumerate([*source.splitlines(), ""], 1):
        bare = line.strip()
        # Skip HTML, table rules, answers, and the delimiters of directives.
        if re.match(r"\{\{|\}\}|<|\|?[\s|:-]*$|= ?[\^#]|=#", bare):
            bare = ""
        single = re.match(r"#+ |\||!!!|\?\?\?|===", bare)
        item = re.match(r"([-+:]|= |\d+\.)\s", bare)
        if gathered and (not bare or single or item):
            yield start, kind, " ".join(gathered)
            gathered = []
        if single:
            for cell in re.sub(r"^(#+|!!!\w*|\?\?\?\+?|===)", "", bare).split("|"):
                yield number, kind, re.sub(r'^ *\w* *"(.*)"$', r"\1", cell)
        elif bare:
            start = start if gathered else number
            gathered.append(re.sub(r"^([-+:=]|\d+\.)\s+", "", bare))


def blank(match: re.Match[str]) -> str:
    """Return the line breaks of the match, so that line numbers stay correct."""
    return "\n" * match.group().count("\n")


def notebook(source: str) -> Found:
    """Yield the text of a notebook's Markdown cells and the comments in its code."""
    for number, cell in enumerate(json.loads(source)["cells"], 1):
        words = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield from ((number, kind, text) for _, kind, text in markdown(words))
        else:
            yield from ((number, kind, text) for _, kind, text in hashes(words))


def python(source: str) -> Found:
    """Yield the docstrings, comments and messages of a module."""
    nodes = list(ast.walk(ast.parse(source)))
    docstrings = set()
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                docstrings.add(first.value)
                for text in paragraphs(inspect.cleandoc(str(first.value.value))):
                    yield first.lineno, "docstring", text
    messages: set[ast.AST] = set()
    for node in nodes:
        speaks = isinstance(node, ast.Raise)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            speaks = name in SPEAKERS or name.endswith(("Error", "Exception"))
        if speaks:
            messages.update(ast.walk(node))
    inner = {part for node in nodes if isinstance(node, ast.JoinedStr)
             for part in ast.walk(node) if part is not node}  # fmt: skip
    known = docstrings | inner
    for node in nodes:
        words = ""
        if isinstance(node, ast.JoinedStr):
            parts = [getattr(part, "value", "") for part in node.values]
            words = "".join(p if isinstance(p, str) else "`x`" for p in parts)
        elif isinstance(node, ast.Constant) and node not in known:
            words = node.value if isinstance(node.value, str) else ""
        ours = "\n" not in words.strip() and not re.match(r"\s*[<(]|.*SELECT ", words)
        if ours and len(re.findall(r"\b[a-z]+\b", words)) > 3:
            yield node.lineno, "message" if node in messages else "string", words
    for line, kind, words in comments(source):
        yield line, kind, words


def paragraphs(docstring: str) -> list[str]:
    """Return the paragraphs, list items and arguments of a docstring."""
    return re.split(r"\n\s*\n|\n(?=[-*\d])|\n(?: {4})+", docstring)


def comments(source: str) -> Found:
    """Yield the comments of a module. Adjacent comment lines form one text."""
    previous, start, gathered = (0, -1), 0, []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        words = token.string.lstrip("#: ")
        if re.match(r"fmt:|noqa|type:|!|pragma|ruff:|mypy:", words):
            continue
        if gathered and token.start != (previous[0] + 1, previous[1]):
            yield start, "comment", " ".join(gathered)
            gathered = []
        start = start if gathered else token.start[0]
        gathered.append(re.sub(r"\s*#?\s*(noqa|type: ignore|fmt: skip).*", "", words))
        previous = token.start
    if gathered:
        yield start, "comment", " ".join(gathered)


def hashes(source: str) -> Found:
    """Yield the comments that begin with `#`, in any language with such comments."""
    yield from by_line(source, r"(?:^|\s)#+ (.*)")


def slashes(source: str) -> Found:
    """Yield the comments of JavaScript and CSS."""
    for match in re.finditer(r"(?s)/\*(.*?)\*/", source):
        line = source.count("\n", 0, match.start()) + 1
        yield line, "comment", re.sub(r"\n\s*\*", "\n", match.group(1))
    yield from by_line(source, r"(?:^|\s)// (.*)")


def by_line(source: str, pattern: str) -> Found:
    """Yield the text that a pattern captures. Adjacent matching lines form one text."""
    start, gathered = 0, []
    for number, line in enumerate([*source.splitlines(), ""], 1):
        found = re.search(pattern, line)
        if gathered and (not found or found.group(1).startswith(" ")):
            yield start, "comment", " ".join(gathered)
            start, gathered = 0, []
        if found:
            start = start if gathered else number
            gathered.append(found.group(1))
        elif gathered:
            yield start, "comment", " ".join(gathered)
            gathered = []


def template(source: str) -> Found:
    """Yield the visible text of a template."""
    source = re.sub(r"(?s)\{#.*?#\}|<(script|style)\b.*?</\1>", blank, source)
    source = re.sub(r"(?s)\{\{.*?\}\}", lambda m: "`x`" + blank(m), source)
    source = re.sub(r"(?s)\{%.*?%\}", blank, source)
    # Inline elements do not end a sentence.
    source = re.sub(r"(?s)</?(a|b|em|strong|kbd|abbr|time|i)\b[^>]*>", blank, source)
    source = re.sub(r"(?s)<code\b.*?</code>", "`code`", source)
    line = 1
    for piece in re.split(r"(?s)(<[^>]*>)", source):
        if piece.strip() and not piece.startswith("<"):
            yield line, "template", html.unescape(piece)
        line += piece.count("\n")


READERS = {
    ".md": markdown, ".ipynb": notebook, ".py": python, ".html": template,
    ".mjs": slashes, ".js": slashes, ".css": slashes, ".toml": hashes, ".yml": hashes,
    ".yaml": hashes, ".conf": hashes, ".sh": hashes, ".example": hashes,
    "Makefile": hashes, "Dockerfile": hashes, "run": hashes, "refresh": hashes,
    "other_pythons": hashes,
}  # fmt: skip
