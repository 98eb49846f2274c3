"""One task succeeds, one fails immediately, and one fails after two retries."""

from sprout.practice.run import Run


def check(run: Run) -> None:
    read_file, fetch_file = run.task("read_file"), run.task("fetch_file")
    import office

    run.worker()
    read_file.delay("prices.csv")
    read_file.delay("cat.jpg")
    fetch_file.delay("stock.csv")
    run.settle()
    written = office.notes()
    expected = "two notes: cat.jpg and stock.csv"
    run.require(
        not any(
            "prices.csv" in str(note)
            or note.get("error") in ("read prices.csv", "None")
            for note in written
        ),
        "A note reports a task that succeeded.",
        expected,
        f"{written}",
    )
    about_fetch = [note for note in written if "stock.csv" in str(note.get("error"))]
    run.require(
        len(about_fetch) < 2,
        "A note reports an attempt that Celery retries.",
        expected,
        f"{written}",
    )
    run.require(
        len(written) == 2,
        "A failed task has no note.",
        expected,
        f"{written}",
    )
    names = [str(note.get("task")) for note in written]
    run.equal(
        sorted(names), ["fetch-file", "read-file"], "A note has the wrong task name."
    )
    errors = sorted(str(note.get("error")) for note in written)
    texts = ["cat.jpg is not a CSV file", "no response for stock.csv"]
    run.equal(errors, texts, "A note has the wrong error text.")
