"""Output for notebooks: the code of the days, drawings, plots and forms.

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

# JupyterLab shows an SVG as a separate file, outside its theme, so the SVG sets its own
# background.
BACKGROUND = (
    "<style>svg:root{background:#fff}@media(prefers-color-scheme:dark)"
    "{svg:root{background:#111}}</style>"
)


class Picture:
    """An SVG drawing as the output of a cell. `title` is its alternative text."""

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
    """Return a matplotlib figure as a picture in the text colour of the page."""
    # Import matplotlib here, because the import takes a second and few notebooks plot.
    from matplotlib import pyplot, rc_context

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "sprout"}):
        kept = io.StringIO()
        metadata = {"Date": None}
        figure.savefig(kept, format="svg", transparent=True, metadata=metadata)
    pyplot.close(figure)  # Otherwise Jupyter shows the figure twice.
    svg = kept.getvalue().replace("#000000", "currentColor")
    return Picture(svg.replace("<svg ", '<svg fill="currentColor" ', 1), "a plot")


def begun(span: Span) -> float:
    """Return the time of a task's first start, or of its receipt if not started."""
    return span.tries[0].started or span.begin


def comparison(runs: Mapping[str, Sequence[Sequence[Span]]]) -> Picture:
    """Draw each run's tasks over a grey area as wide as the sum of their durations.

    Arguments:
        runs: maps the name of each run to its spans in rows. The spans of a row ran one
            after another.
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
        words = f"{name}: {took:.1f} s; sum of its tasks (grey): {parts:.1f} s"
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
    """Draw the waiting time and the duration of many runs, and the worker's load.

    Arguments:
        asked: the time at which each run was sent, in seconds since the epoch.
        begun: the time at which each run started.
        ended: the time at which each run ended.
        work: the start and end of each task.
        processes: the number of pool processes of the worker.
    """
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(
        2, sharex=True, figsize=(7.6, 4.8), height_ratios=[3, 1], layout="constrained"
    )
    origin = min(asked)
    waited, ran, finished = (
        [t - origin for t in times] for times in (asked, begun, ended)
    )
    numbers = range(1, len(asked) + 1)
    above.hlines(numbers, waited, ran, color=COLOURS[WAITING], linewidth=0.7)
    above.hlines(numbers, ran, finished, color=COLOURS["SUCCESS"], linewidth=1.6)
    above.set_ylabel("run")
    above.invert_yaxis()
    plain(above, "each run: waiting (grey), then running (green)")

    step = max(finished) / 60
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
    """Add a left-aligned title to a plot, and remove the top and right borders."""
    axis.set_title(title, loc="left", fontsize=10)
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0)
    axis.grid(axis="x", alpha=0.3)
    axis.set_axisbelow(True)


def code(*paths: str) -> Markdown:
    """Return the code of files such as "day4/client.py"."""
    parts = []
    for path in paths:
        text = (ROOT / path).read_text(encoding="utf-8").rstrip()
        parts.append(f"*{path}*\n\n```python\n{text}\n```")
    return Markdown("\n\n".join(parts))


class Form:
    """A widget, and the text that replaces it in pages without widgets."""

    def __init__(self, widget: Any, words: str) -> None:
        self.widget = widget
        self.words = words

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {**self.widget._repr_mimebundle_(), "text/plain": self.words}
