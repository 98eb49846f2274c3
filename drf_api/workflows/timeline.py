"""When the steps of a run ran, as bars; the template draws them as SVG."""

from django.utils import timezone

ROW = 28  # pixels
LEFT, WIDTH = 16, 68  # percent: the names stand before the bars, the seconds after


def timeline(run) -> dict:
    """Return the picture's height, its bars in percent, a row a step, and if any ran.

    The bars begin where the run was asked for, so that waiting is seen as well.
    """
    now = timezone.now()
    end = run.finished_at or now
    span = max((end - run.created_at).total_seconds(), 0.001)
    rows = []
    for number, step in enumerate(run.stated_steps):
        row = {"step": step, "y": number * ROW, "middle": number * ROW + ROW // 2}
        if step.started_at:
            begin = (step.started_at - run.created_at).total_seconds()
            seconds = ((step.finished_at or end) - step.started_at).total_seconds()
            row["seconds"] = max(seconds, 0)
            row["x"] = LEFT + WIDTH * min(max(begin / span, 0), 1)
            row["width"] = max(WIDTH * row["seconds"] / span, 0.6)
            row["after"] = row["x"] + row["width"] + 1
        rows.append(row)
    begun = any("seconds" in row for row in rows)
    return {"height": len(rows) * ROW, "rows": rows, "begun": begun}
