"""Two tasks succeed and two fail. The worker starts after all tasks have been sent."""

import sys
import threading

from celery import result

from sprout.practice.run import Run


def waits(thread: threading.Thread) -> bool:
    """Return whether a thread is waiting in a method of celery.result."""
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        code = frame.f_code
        if code.co_filename == result.__file__ and code.co_name in ("get", "join"):
            return True
        frame = frame.f_back
    return False


def check(run: Run) -> None:
    run.task("render")
    function = run.function("run_all")
    # The worker starts after the client has sent the tasks, so a client that does not
    # wait receives no results.
    late = threading.Event()

    def call() -> None:
        try:
            outcome.append(function([3, -1, 4, -2]))
        except Exception as error:
            outcome.append(error)
        late.set()

    outcome: list[object] = []
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    run.until(lambda: late.is_set() or waits(thread), "run_all() to wait for a result")
    early = late.is_set()
    run.worker()
    run.until(late.is_set, "run_all() to return")
    run.settle()
    (seen,) = outcome
    if isinstance(seen, Exception):
        run.wrong(f"run_all() raised {type(seen).__name__}.", "a dict", f"{seen!r}")
    run.require(
        not early, "run_all() does not wait for the results.", "it waits", f"{seen!r}"
    )
    run.require(
        isinstance(seen, dict),
        "run_all() does not return a dict.",
        "a dict",
        f"{seen!r}",
    )
    errors, files = seen.get("errors"), seen.get("files")  # type: ignore[attr-defined]
    good = ["invoice-3.pdf", "invoice-4.pdf"]
    run.equal(files, good, "The list of files contains a failed invoice.")
    run.require(
        isinstance(errors, list) and all(isinstance(each, str) for each in errors),
        "The errors are not strings.",
        "a list of strings",
        f"{errors!r}",
    )
    bad = ["no invoice -1", "no invoice -2"]
    run.equal(errors, bad, "The errors differ from the errors of the tasks.")
