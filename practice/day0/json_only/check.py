"""The message must contain the path as a string and the widths as a sorted list."""

from pathlib import Path

from sprout.practice.run import Run, states

# A set of small numbers happens to be in order, but a set of these numbers is not.
WIDTHS = {640, 80, 1024, 200}


def check(run: Run) -> None:
    run.task("make_thumbnails")
    run.worker()
    order = run.function("order")
    id = run.call(order, Path("album/cat.jpg"), set(WIDTHS))
    spans = run.settle()
    run.require(spans, "No task was sent.", "one task", "no task")
    run.require(len(spans) == 1, "More than one task was sent.", "one", states(spans))
    (span,) = spans
    run.require(
        span.arguments.startswith("'album/cat.jpg'"),
        "The task received the wrong path.",
        "make_thumbnails('album/cat.jpg', ...)",
        f"make_thumbnails({span.arguments})",
    )
    expected = "'album/cat.jpg', [80, 200, 640, 1024]"
    run.require(
        span.arguments == expected,
        "The task received the wrong widths.",
        f"make_thumbnails({expected})",
        f"make_thumbnails({span.arguments})",
    )
    run.require(
        id == span.id, "order() does not return the task's id.", span.id, f"{id!r}"
    )
    thumbnails = [f"album/cat-{width}.jpg" for width in sorted(WIDTHS)]
    run.require(
        run.result(span.id).result == thumbnails,
        "The task returned the wrong thumbnails. Did you change the task?",
        f"{thumbnails}",
        f"{run.result(span.id).result}",
    )
