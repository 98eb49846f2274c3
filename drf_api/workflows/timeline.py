"""A run's timeline, with bars for waiting and running. A template draws the SVG."""

from math import floor, log10

from django.utils import timezone

ROW = 28  # pixels
AXIS = 24
LEFT, WIDTH = 16, 68  # percent; names are to the left of the bars, seconds to the right


def timeline(run) -> dict:
    """Return the timeline with its height in pixels, a row for each step, and the axis.

    Horizontal positions and widths are percentages; vertical positions are in pixels.
    Time starts when the run is created. `begun` is true if any step ran.
    """
    end = run.finished_at or timezone.now()
    span = max((end - run.created_at).total_seconds(), 0.001)

    def seconds(moment) -> float:
        return min(max((moment - run.created_at).total_seconds(), 0), span)

    def place(second: float) -> float:
        return LEFT + WIDTH * second / span

    rows = []
    ready = 0.0  # seconds from the creation of the run to the end of the previous step
    for number, step in enumerate(run.stated_steps):
        row = {"step": step, "y": number * ROW, "middle": number * ROW + ROW // 2}
        if step.started_at:
            begin, finish = seconds(step.started_at), seconds(step.finished_at or end)
            row["waited"] = max(begin - ready, 0)
            row["wait_x"], row["wait_width"] = place(ready), place(row["waited"]) - LEFT
            row["seconds"] = max(finish - begin, 0)
            row["duration"] = duration(row["seconds"])
            row["x"] = place(begin)
            row["width"] = max(place(row["seconds"]) - LEFT, 0.6)
            row["after"] = row["x"] + row["width"] + 1
            ready = finish
        rows.append(row)
    return {
        "rows": rows,
        "begun": any("seconds" in row for row in rows),
        "axis": [
            {"x": place(tick), "label": tick_label(tick, span)} for tick in ticks(span)
        ],
        "bottom": len(rows) * ROW,
        "height": len(rows) * ROW + AXIS,
        "labels": len(rows) * ROW + AXIS // 2 + 4,
    }


def duration(seconds: float) -> str:
    """Return a duration as a short text.

    >>> duration(0.0042), duration(4.2), duration(420)
    ('4 ms', '4.2 s', '420 s')
    """
    if seconds < 0.1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"


def tick_label(tick: float, span: float) -> str:
    """Return the label of a tick: milliseconds for a span of less than 0.5 seconds."""
    return f"{1000 * tick:g} ms" if span < 0.5 else f"{tick:g} s"


def ticks(span: float) -> list[float]:
    """Return at most six round numbers from 0 to `span`, in seconds.

    >>> ticks(4.2)
    [0, 1, 2, 3, 4]
    """
    power = 10 ** floor(log10(span / 5))
    step = next(power * n for n in (1, 2, 5, 10) if power * n * 5 >= span)
    return [round(number * step, 6) for number in range(floor(span / step) + 1)]
