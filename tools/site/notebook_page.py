"""Convert a notebook to a page of the site: its text, its code and its outputs.

    {{ notebook day4 }}

The site's build converts the committed outputs, which `pytest notebooks` compares with
a new run.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from sprout import SproutError
from sprout.days import ROOT

OPEN = "*{path} with its outputs. Use `make lab` to change and run the notebook.*"


class NotebookPageError(SproutError):
    """The notebook does not exist, or a page cannot show one of its outputs."""


def show_notebook(name: str) -> str:
    """Return a notebook as Markdown with inline pictures."""
    path = ROOT / "notebooks" / f"{name}.ipynb"
    if not path.exists():
        raise NotebookPageError(f"There is no {path.name}.")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = [part for cell in cells for part in show_cell(cell)]
    title, _, rest = parts[0].partition("\n")
    opening = OPEN.format(path=f"notebooks/{path.name}")
    return "\n\n".join([title, opening, rest.strip(), *parts[1:]])


def show_cell(cell: dict[str, Any]) -> Iterator[str]:
    """Yield the source of a cell, and each of its outputs."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        # Remove links to repository files, because the site does not contain the files.
        yield re.sub(r"\[([^\]]+)\]\(\.\./[^)]+\)", r"`\1`", source)
        return
    yield f"```python\n{source}\n```"
    for output in cell["outputs"]:
        yield show_output(output)


def show_output(output: dict[str, Any]) -> str:
    """Return an output in its richest format."""
    data = output.get("data", {"text/plain": output.get("text", "")})
    kinds = ("image/svg+xml", "text/markdown", "text/plain")
    kind = next((kind for kind in kinds if kind in data), None)
    if kind is None:
        raise NotebookPageError(f"A page cannot show {', '.join(data)}.")
    text = "".join(data[kind]).strip()
    if kind == "image/svg+xml":
        return show_picture(text)
    return text if kind == "text/markdown" else show_text(text)


def show_text(text: str) -> str:
    """Return printed text in the format of program output on other pages."""
    lines = "".join(
        f'<span class="line"><span class="go">{html.escape(line)}</span>\n</span>'
        for line in text.split("\n")
    )
    return f'<div class="highlight console seen"><pre><code>{lines}</code></pre></div>'


def show_picture(svg: str) -> str:
    """Return an inline drawing in the page's colours, at most at its original size."""
    svg = re.sub(r"<style.*?</style>\n?", "", svg, flags=re.DOTALL)
    width = re.findall(r'width="(\d+)"', svg)[0]
    # On a phone, the picture scrolls, because a smaller picture would be unreadable.
    style = f"width:{width}px;min-width:min({width}px,34rem);max-width:100%"
    svg = re.sub(r' style="[^"]*"', f' style="{style}"', svg, count=1)
    return f'<figure class="timeline" tabindex="0">{svg}</figure>'
