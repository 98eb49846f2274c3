"""What the notebooks show: code of the days, drawings, plots and forms.

>>> Picture(timeline.svg(spans), "a timeline")
>>> code("day4/workflows.py")
"""

import io
import re
from typing import Any

from IPython.display import Markdown

from sprout.days import ROOT

# JupyterLab shows an SVG as a file of its own, which does not know its theme.
STYLE = (
    "<style>svg:root{color:#1f2328;background:#fff}@media(prefers-color-scheme:dark)"
    "{svg:root{color:#e6edf3;background:#111}}</style>"
)


class Picture:
    """An SVG drawing, as a cell shows it.

    Arguments:
        svg: the drawing.
        title: what stands in its place where no pictures can be shown.
    """

    def __init__(self, svg: str, title: str) -> None:
        opening, _, rest = svg[svg.index("<svg") :].partition(">")
        width = float(re.findall(r'viewBox="\S+ \S+ (\S+)', opening)[0])
        opening = re.sub(r' (width|height|style)="[^"]*"', "", opening)
        size = f' width="{min(width, 760):.0f}" style="max-width:100%;height:auto"'
        self.svg = f"{opening}{size}>{STYLE}{rest}"
        self.title = title

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.title}


def plot(figure: Any) -> Picture:
    """Return a figure of matplotlib's as a picture, its black in the page's colour."""
    from matplotlib import pyplot, rc_context  # a second, which few notebooks need

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "sprout"}):
        kept = io.StringIO()
        metadata = {"Date": None}
        figure.savefig(kept, format="svg", transparent=True, metadata=metadata)
    pyplot.close(figure)  # else it is shown once more, as it is
    svg = kept.getvalue().replace("#000000", "currentColor")
    return Picture(svg.replace("<svg ", '<svg fill="currentColor" ', 1), "a plot")


def code(*paths: str) -> Markdown:
    """Return what shows these files, named from the repository on: "day4/client.py"."""
    parts = []
    for path in paths:
        text = (ROOT / path).read_text(encoding="utf-8").rstrip()
        parts.append(f"*{path}*\n\n```python\n{text}\n```")
    return Markdown("\n\n".join(parts))


class Form:
    """A widget, and what stands in its place on a page where it cannot be used."""

    def __init__(self, widget: Any, words: str) -> None:
        self.widget = widget
        self.words = words

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {**self.widget._repr_mimebundle_(), "text/plain": self.words}
