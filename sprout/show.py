"""What the notebooks show: code of the days, drawings, plots and forms.

>>> Picture(timeline.svg(spans), "a timeline")
>>> code("day4/workflows.py")
"""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from IPython.display import Markdown

from sprout.days import ROOT
from sprout.spans import Span
from sprout.timeline import COLOURS, STYLE, WAITING

# JupyterLab shows an SVG as a file of its own, which does not know its theme.
BACKGROUND = (
    "<style>svg:root{background:#fff}@media(prefers-color-scheme:dark)"
    "{svg:root{background:#111}}</style>"
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
        self.svg = f"{opening}{size}>{STYLE}{BACKGROUND}{rest}"
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


def begun(span: Span) -> float:
    """Return when a task was begun for the first time."""
    return span.tries[0].started or span.begin


def comparison(runs: Mapping[str, Sequence[Sequence[Span]]]) -> Picture:
    """Draw runs below each other: how long each took, on the sum of its parts.

    Arguments:
        runs: of each run, by its name, the spans in rows; a row holds those that ran
            one after the other.
    """
    from matplotlib import pyplot

    heights = [len(rows) for rows in runs.values()]
    figure, axes = pyplot.subplots(
        len(runs),
        sharex=True,
        squeeze=False,
        height_ratios=heights,
        figsize=(7.6, 1 + 0.4 * sum(heights) + 0.3 * len(runs)),
        layout="constrained",
    )
    for axis, (name, rows) in zip(axes.flat, runs.items(), strict=True):
        spans = [span for row in rows for span in row]
        origin = min(begun(span) for span in spans)
        took = max(span.end for span in spans) - origin
        parts = sum(span.end - begun(span) for span in spans)
        axis.axvspan(0, parts, color=COLOURS[WAITING], alpha=0.25, linewidth=0)
        for number, row in enumerate(rows):
            for span in row:
                bar = [(begun(span) - origin, span.end - begun(span))]
                colour = COLOURS[span.state]
                axis.broken_barh(
                    bar, (number + 0.1, 0.8), color=colour, edgecolor="black"
                )
        words = f"{name}: took {took:.1f} s; all of its parts, in grey, {parts:.1f} s"
        axis.set_ylim(len(rows), 0)
        axis.set_yticks([])
        plain(axis, words)
    axes.flat[-1].set_xlabel("seconds")
    return plot(figure)


def backlog(
    asked: Sequence[float],
    begun: Sequence[float],
    ended: Sequence[float],
    work: Sequence[tuple[float, float]],
    processes: int,
) -> Picture:
    """Draw how long each of many runs waited and took, and the worker's use.

    Arguments:
        asked: when each run was asked for, in seconds since the epoch.
        begun: when each was begun.
        ended: when each had ended.
        work: when each of their tasks began and ended.
        processes: how many the worker has.
    """
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(
        2, sharex=True, figsize=(7.6, 4.8), height_ratios=[3, 1], layout="constrained"
    )
    origin = min(asked)
    waited, ran, over = ([t - origin for t in times] for times in (asked, begun, ended))
    numbers = range(1, len(asked) + 1)
    above.hlines(numbers, waited, ran, color=COLOURS[WAITING], linewidth=0.7)
    above.hlines(numbers, ran, over, color=COLOURS["SUCCESS"], linewidth=1.6)
    above.set_ylabel("run")
    above.invert_yaxis()
    plain(above, "each run: waiting for its turn (grey), then under way (green)")

    step = max(over) / 60
    moments = [step * number for number in range(60)]
    busy = [
        sum(
            max(0, min(end - origin, moment + step) - max(begin - origin, moment))
            for begin, end in work
        )
        for moment in moments
    ]
    use = [100 * seconds / (step * processes) for seconds in busy]
    below.bar(moments, use, step, align="edge", color=COLOURS["STARTED"])
    below.set_ylim(0, 100)
    below.set_yticks([0, 50, 100], ["0 %", "50 %", "100 %"])
    below.set_xlabel("seconds")
    plain(below, f"how much of the worker's {processes} processes was at work")
    return plot(figure)


def plain(axis: Any, title: str) -> None:
    """Give a plot its title, at its left, and take away what needs no line."""
    axis.set_title(title, loc="left", fontsize=10)
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    axis.grid(axis="x", alpha=0.3)
    axis.set_axisbelow(True)


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
