"""After the run, load the module again and call show()."""

import linecache

from sprout.practice.run import Run, Wrong


def loaded_again(run: Run) -> dict[str, object]:
    """Run the reader's file again, as after a restart, and return its global names."""
    path = str(run.module.__file__)
    code = compile("".join(linecache.getlines(path)), path, "exec")
    names: dict[str, object] = {"__name__": "exercise", "__file__": path}
    exec(code, names)
    return names


def check(run: Run) -> None:
    run.function("show")
    with run.no_waiting("start() waits for a result."):
        saved = run.call(run.function("start"), "prices-of-the-year-2026.csv")
    run.require(
        isinstance(saved, str),
        "start() does not return a string.",
        "a str",
        f"{saved!r}",
    )
    run.worker()
    run.settle()
    show = loaded_again(run)["show"]
    try:
        seen = run.call(show, saved)
    except Wrong as wrong:
        if "KeyError" in wrong.message or "NameError" in wrong.message:
            run.wrong("show() needs more than the saved string.", "states", wrong.seen)
        raise
    expected = ["SUCCESS", "FAILURE", "FAILURE"]
    run.require(
        isinstance(seen, list) and len(seen) == 3,
        "show() lists only the last step.",
        f"{expected}",
        f"{seen}",
    )
    run.equal(seen, expected, "The states are in the wrong order.")
